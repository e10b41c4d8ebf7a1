import { describe, expect, test } from 'vitest';
import type { CachedAnswer } from '../../src/cache/cached-answer.ts';
import { createResponseCache, type CacheLookup } from '../../src/cache/response-cache.ts';
import type { CacheOptions } from '../../src/domain/request.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const answered = (text: string, unified: CachedAnswer['answer']['finishReason']['unified'] = 'stop') => ({
  answer: {
    text,
    reasoning: undefined,
    toolCalls: [],
    logProbabilities: undefined,
    finishReason: { unified, raw: undefined },
    usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: undefined, reasoningTokens: undefined },
  },
  deployment: 'small',
});

function create(limits: { readonly maxBytes?: number; readonly maxEntries?: number } = {}) {
  const clock = createFakeClock();
  const cache = createResponseCache({ maxBytes: 100_000, maxEntries: 10, clock, ...limits });
  const look = (key: string, options: Partial<CacheOptions> = {}): Promise<CacheLookup> =>
    cache.acquire({
      key,
      options: { mode: 'read-write', ttlSeconds: 60, ...options },
      signal: new AbortController().signal,
      waitMs: 1000,
    });
  const keep = async (
    key: string,
    answer: CachedAnswer,
    options: Partial<CacheOptions> = {},
  ): Promise<void> => {
    const lookup = await look(key, options);
    if (lookup.type === 'hit') throw new Error(`${key} is in the cache already`);
    await lookup.lease.store(answer);
    lookup.lease.release();
  };
  return { cache, clock, look, keep };
}

const type = async (lookup: Promise<CacheLookup>): Promise<string> => (await lookup).type;

describe('an answer is found again', () => {
  test('with its age', async () => {
    const { clock, keep, look } = create();
    await keep('key', answered('Hello'));
    clock.advance(3500);
    expect(await look('key')).toMatchObject({
      type: 'hit',
      entry: { answer: { text: 'Hello' }, deployment: 'small' },
      ageSeconds: 3.5,
    });
  });

  test('until its time is over', async () => {
    const { clock, keep, look } = create();
    await keep('key', answered('Hello'));
    clock.advance(60_000);
    expect(await type(look('key'))).toBe('miss');
  });

  test('unless the reader wants a fresher one', async () => {
    const { clock, keep, look } = create();
    await keep('key', answered('Hello'));
    clock.advance(10_000);
    expect(await type(look('key', { ttlSeconds: 10 }))).toBe('miss');
  });
});

describe('only whole, clean answers are kept', () => {
  test.for(['stop', 'length', 'tool-calls'] as const)('%s is', async (reason) => {
    const { keep, look } = create();
    await keep('key', answered('Hello', reason));
    expect(await type(look('key'))).toBe('hit');
  });

  test.for(['content-filter', 'other'] as const)('%s is not', async (reason) => {
    const { keep, look } = create();
    await keep('key', answered('Hello', reason));
    expect(await type(look('key'))).toBe('miss');
  });
});

describe('the mode decides', () => {
  test('read-only finds and does not keep', async () => {
    const { keep, look } = create();
    await keep('absent', answered('Hello'), { mode: 'read-only' });
    await keep('present', answered('Hello'));
    expect(await type(look('absent', { mode: 'read-only' }))).toBe('miss');
    expect(await type(look('present', { mode: 'read-only' }))).toBe('hit');
  });

  test('write-only replaces what was kept', async () => {
    const { keep, look } = create();
    await keep('key', answered('old'));
    await keep('key', answered('new'), { mode: 'write-only' });
    expect(await look('key')).toMatchObject({ entry: { answer: { text: 'new' } } });
  });

  test('off does neither, and nobody waits for it', async () => {
    const { keep, look } = create();
    await keep('key', answered('Hello'), { mode: 'off' });
    await look('other', { mode: 'off' });
    expect([await type(look('key')), await type(look('other'))]).toEqual(['miss', 'miss']);
  });
});

describe('memory is bounded', () => {
  test('by a number of answers: the one used longest ago goes first', async () => {
    const { keep, look } = create({ maxEntries: 2 });
    await keep('one', answered('1'));
    await keep('two', answered('2'));
    await look('one');
    await keep('three', answered('3'));
    expect([await type(look('one')), await type(look('two')), await type(look('three'))]).toEqual([
      'hit',
      'miss',
      'hit',
    ]);
  });

  test('by bytes', async () => {
    const { keep, look } = create({ maxBytes: 10_000 });
    await keep('one', answered('x'.repeat(3000)));
    await keep('two', answered('x'.repeat(3000)));
    expect([await type(look('one')), await type(look('two'))]).toEqual(['miss', 'hit']);
  });

  test('so that an answer larger than all of it is not kept', async () => {
    const { keep, look } = create({ maxBytes: 1000 });
    await keep('key', answered('x'.repeat(1000)));
    expect(await type(look('key'))).toBe('miss');
  });

  test('at nothing, and equal requests at once still share one answer', async () => {
    const { look } = create({ maxEntries: 0 });
    const first = await look('key');
    const second = look('key');
    if (first.type === 'miss') await first.lease.store(answered('Hello'));
    expect(await second).toMatchObject({ type: 'hit', entry: { answer: { text: 'Hello' } }, ageSeconds: 0 });
    expect(await type(look('key'))).toBe('miss');
  });
});
