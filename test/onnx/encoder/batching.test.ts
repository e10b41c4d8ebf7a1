import { expect, test } from 'vitest';
import { adapterErrorOf } from '../../conformance/observe.ts';
import { tinyBert } from '../../support/tiny-bert.ts';
import { anySignal, openTinyEncoder } from './tiny-encoder.ts';

const letters = 'abcdefgh';
const text = (seed: number): string =>
  Array.from({ length: 1 + (seed % 15) }, (_, at) => letters[(seed * 7 + at * at) % 8]).join(' ');

test('the vector of a text is the same, bit by bit, whatever shares its run', async () => {
  const adapter = await openTinyEncoder(tinyBert({ seed: 6 }));
  const texts = Array.from({ length: 60 }, (_, index) => text(index));
  const callers = Array.from({ length: 12 }, async (_, caller) => {
    const own = texts.slice(caller * 5, caller * 5 + 5);
    return await adapter.embed?.({ texts: own }, anySignal());
  });
  const together = await Promise.all(callers);
  const vectors = together.flatMap((result) => result?.vectors ?? []);
  for (const [index, each] of texts.entries()) {
    const alone = await adapter.embed?.({ texts: [each] }, anySignal());
    expect(vectors[index]).toEqual(alone?.vectors[0]);
  }
});

test('a text longer than the context loses its end, and only its own result says so', async () => {
  const adapter = await openTinyEncoder(tinyBert());
  const long = 'a b c d e f g h '.repeat(5);
  const result = await adapter.embed?.({ texts: ['a', long, `${long} b b b`] }, anySignal());
  expect(result?.truncated).toEqual([false, true, true]);
  expect(result?.vectors[2]).toEqual(result?.vectors[1]);
  expect(result?.usage.inputTokens).toBe(3 + 24 + 24);
});

test('a caller that leaves takes its texts along and nobody else’s', async () => {
  const adapter = await openTinyEncoder(tinyBert());
  const aborter = new AbortController();
  const many = adapter.embed?.(
    { texts: Array.from({ length: 2000 }, (_, index) => text(index)) },
    aborter.signal,
  );
  const one = adapter.embed?.({ texts: ['a b'] }, anySignal());
  aborter.abort();
  await adapterErrorOf(Promise.resolve(many), 'aborted');
  expect((await one)?.vectors).toHaveLength(1);
  await adapter.inspect().idle();
});

test('more texts than may wait are refused as a full queue', async () => {
  const adapter = await openTinyEncoder(tinyBert());
  const texts = Array.from({ length: 9000 }, () => 'a');
  const error = await adapterErrorOf(Promise.resolve(adapter.embed?.({ texts }, anySignal())), 'queue-full');
  expect(error.message).toContain('8192');
});

test('an encoder that embeds does not classify, rerank or write', async () => {
  const adapter = await openTinyEncoder(tinyBert());
  expect(adapter.traits().capabilities).toEqual(['embeddings']);
  const classified = adapter.classify?.({ texts: ['a'] }, anySignal());
  await adapterErrorOf(Promise.resolve(classified), 'unsupported');
  const ranked = adapter.rerank?.({ query: 'a', documents: ['b'] }, anySignal());
  await adapterErrorOf(Promise.resolve(ranked), 'unsupported');
  const call = { messages: [], sampling: {} };
  await adapterErrorOf(Array.fromAsync(adapter.generate?.(call, anySignal()) ?? []), 'unsupported');
});
