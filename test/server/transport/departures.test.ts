import { describe, expect, test } from 'vitest';
import { settled } from '../../support/fake-clock.ts';
import { rawPost, rawSocket } from './raw-socket.ts';
import { createSmallApp, originOf } from './small-app.ts';
import { transports } from './transports.ts';

const accept = { accept: 'application/json, text/event-stream' };

/** An answer, or the rest of a stream, that never comes. */
async function start(words: readonly string[] = []) {
  const asked = Promise.withResolvers<AbortSignal>();
  const hang = async (signal: AbortSignal): Promise<string> => {
    asked.resolve(signal);
    await aborted(signal);
    return 'too late';
  };
  const { app, errors } = createSmallApp({
    answer: hang,
    async *events(signal) {
      yield* words;
      yield await hang(signal);
    },
  });
  return { raw: await rawSocket(await originOf(app)), asked: asked.promise, errors };
}

const aborted = async (signal: AbortSignal) =>
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve());
  });

describe.each(transports)('%s tells at once that the client is gone', (_name, path) => {
  test.for([
    ['waits for an answer', '{ answer }', []],
    ['reads a stream', 'subscription { events }', ['one', 'two']],
    ['waits for a stream that says nothing', 'subscription { events }', []],
  ] as const)('who %s', async ([, query, words]) => {
    const { raw, asked, errors } = await start(words);
    raw.socket.write(rawPost({ query }, { path, headers: accept }));
    const signal = await asked;
    expect(signal.aborted).toBe(false);
    raw.socket.destroy();
    await aborted(signal);
    await settled();
    expect(errors()).toEqual([]);
  });
});

describe('our own transport', () => {
  test('tells it of requests that wait behind another one', async () => {
    const signals: AbortSignal[] = [];
    const allAsked = Promise.withResolvers<void>();
    const { app } = createSmallApp({
      async answer(signal) {
        signals.push(signal);
        if (signals.length === 3) allAsked.resolve();
        await aborted(signal);
        return 'too late';
      },
    });
    const raw = await rawSocket(await originOf(app));
    raw.socket.write(rawPost({ query: '{ answer }' }).repeat(3));
    await allAsked.promise;
    raw.socket.destroy();
    await Promise.all(signals.map(aborted));
  });

  test('aborts nothing that has been answered', async () => {
    const seen: AbortSignal[] = [];
    const { app } = createSmallApp({
      answer(signal) {
        seen.push(signal);
        return 'Hello';
      },
      async *events(signal) {
        seen.push(signal);
        yield 'Hello';
      },
    });
    const raw = await rawSocket(await originOf(app));
    raw.socket.write(rawPost({ query: '{ answer }' }));
    await raw.until(/\}\}$/);
    raw.socket.write(rawPost({ query: 'subscription { events }' }, { headers: accept }));
    await raw.until(/event: complete/);
    raw.socket.end();
    await raw.closed();
    expect(seen.map(({ aborted: gone }) => gone)).toEqual([false, false]);
  });

  test('forgets a request that its client broke off', async () => {
    const { raw, errors } = await start();
    raw.socket.write(rawPost({ query: '{ answer }' }).slice(0, -5), () => raw.socket.destroy());
    await raw.closed();
    await settled();
    expect(errors()).toEqual([]);
  });
});
