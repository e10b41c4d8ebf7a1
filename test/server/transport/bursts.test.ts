import { describe, expect, test } from 'vitest';
import { rawPost, rawSocket, type RawSocket } from './raw-socket.ts';
import { createSmallApp, originOf } from './small-app.ts';

const subscription = rawPost(
  { query: 'subscription { events }' },
  { headers: { accept: 'text/event-stream' } },
);

/** A stream whose events the test lets out, some at a time. */
async function start(): Promise<RawSocket & { let(...texts: string[]): void; end(): void }> {
  let batch = Promise.withResolvers<readonly string[]>();
  const { app } = createSmallApp({
    async *events() {
      for (;;) {
        const texts = await batch.promise;
        batch = Promise.withResolvers();
        if (texts.length === 0) return;
        yield* texts;
      }
    },
  });
  const raw = await rawSocket(await originOf(app));
  raw.socket.write(subscription);
  await raw.until(/:\n\n/);
  return { ...raw, let: (...texts) => batch.resolve(texts), end: () => batch.resolve([]) };
}

describe('events', () => {
  test('that are there together leave in one write', async () => {
    const { let: say, reads, until } = await start();
    const before = reads.length;
    say('a', 'b', 'c', 'd');
    await until(/"d"/);
    expect(reads.slice(before)).toEqual([
      expect.stringMatching(/^[\da-f]+\r\n(event: next\ndata: \{"data":\{"events":"\w"\}\}\n\n){4}\r\n$/),
    ]);
  });

  test('are not held back for those that follow', async () => {
    const { let: say, until } = await start();
    for (const text of ['a', 'b', 'c']) {
      say(text);
      await until(new RegExp(`"${text}"`));
    }
  });

  test('end with the stream, in the same write as the last', async () => {
    const { end, reads, until } = await start();
    const before = reads.length;
    end();
    await until(/event: complete\ndata:\n\n\r\n0\r\n\r\n$/);
    expect(reads.length).toBe(before + 1);
  });
});

test('a stream that never pauses lets others be served, and ends with its client', async () => {
  const ended = Promise.withResolvers<void>();
  const { app } = createSmallApp({
    async *events() {
      try {
        for (;;) yield 'more';
      } finally {
        ended.resolve();
      }
    },
  });
  const origin = await originOf(app);
  const greedy = await rawSocket(origin);
  greedy.socket.write(subscription);
  await greedy.until(/"more"/);
  const other = await rawSocket(origin);
  other.socket.write(rawPost({ query: '{ answer }' }));
  await other.until(/"Hello"/);
  greedy.socket.destroy();
  await ended.promise;
});
