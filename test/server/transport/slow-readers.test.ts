import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/platform/clock.ts';
import { createFakeClock, settled } from '../../support/fake-clock.ts';
import { rawPost, rawSocket } from './raw-socket.ts';
import { createSmallApp, originOf } from './small-app.ts';

const writeIdleMs = 5000;
const text = 'x'.repeat(10_000);
const total = 3000;

/** A client that has stopped reading, and a server that has noticed. */
async function stalled(body: { readonly query: string }) {
  const clock = createFakeClock();
  const waiting = Promise.withResolvers<void>();
  const watched: Clock = {
    ...clock,
    after(delayMs, callback) {
      if (delayMs === writeIdleMs) waiting.resolve();
      return clock.after(delayMs, callback);
    },
  };
  const seen = { made: 0, ended: Promise.withResolvers<void>(), signal: new AbortController().signal };
  const { app, errors } = createSmallApp(
    {
      answer: () => text.repeat(2000),
      async *events(signal) {
        seen.signal = signal;
        try {
          for (; seen.made < total; seen.made += 1) yield text;
        } finally {
          seen.ended.resolve();
        }
      },
    },
    { clock: watched, writeIdleMs },
  );
  const raw = await rawSocket(await originOf(app));
  raw.socket.pause();
  raw.socket.write(
    rawPost(body, { headers: { accept: 'application/json, text/event-stream', connection: 'close' } }),
  );
  await waiting.promise;
  return { ...raw, clock, seen, errors };
}

const stream = { query: 'subscription { events }' };

describe('a client that does not read', () => {
  test('holds its stream back', async () => {
    const { seen } = await stalled(stream);
    const { made } = seen;
    // The buffers of two sockets, and one write.
    expect(made * text.length).toBeLessThan(20_000_000);
    for (let turn = 0; turn < 10; turn += 1) await settled();
    expect(seen.made).toBe(made);
  });

  test('misses nothing when it goes on in time', async () => {
    const { socket, closed, clock, errors } = await stalled(stream);
    clock.advance(writeIdleMs - 1);
    socket.resume();
    const all = await closed();
    expect(all).toContain('event: complete');
    expect(all.match(/event: next/g)).toHaveLength(total);
    expect([clock.pendingTimers(), errors()]).toEqual([0, []]);
  });

  test('is cut off, and its stream ends', async () => {
    const { socket, closed, clock, seen, errors } = await stalled(stream);
    clock.advance(writeIdleMs);
    await seen.ended.promise;
    expect(seen.signal.aborted).toBe(true);
    socket.resume();
    expect(await closed()).not.toContain('event: complete');
    expect([clock.pendingTimers(), errors()]).toEqual([0, []]);
  });

  test('is cut off from an answer in one piece too', async () => {
    const { socket, closed, clock } = await stalled({ query: '{ answer }' });
    clock.advance(writeIdleMs);
    socket.resume();
    expect((await closed()).length).toBeLessThan(text.length * 2000);
    expect(clock.pendingTimers()).toBe(0);
  });
});
