import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyBert } from '../../support/tiny-bert.ts';
import { referenceBert } from './reference-bert.ts';
import { anySignal, openFolder } from './tiny-encoder.ts';
import { addQuantizedGraph, tinyExport, tinyQuantizedExport } from './tiny-export.ts';

/** `[CLS] a c e [SEP]`, and a query before it; letters begin at 4. */
const single = { text: 'a c e', tokens: [2, 4, 6, 8, 3], types: [0, 0, 0, 0, 0] };
const pair = { query: 'a b', tokens: [2, 4, 5, 3, 4, 6, 8, 3], types: [0, 0, 0, 0, 1, 1, 1, 1] };

function furthest(actual: readonly number[] = [], expected: readonly number[] = []): number {
  return Math.max(...expected.map((value, at) => Math.abs(value - (actual[at] ?? NaN))));
}

test('a folder in the layout of transformers.js embeds by its graph of full precision', async () => {
  const bert = tinyBert({ seed: 3 });
  const directory = await tinyExport(bert);
  await addQuantizedGraph(directory);
  const states = referenceBert(bert).states(single.tokens, single.types);
  const sums = (states[0] ?? []).map((_, at) => states.reduce((sum, state) => sum + (state[at] ?? NaN), 0));
  const adapter = await openFolder(directory);
  expect(adapter.loading?.status()).toMatchObject({ batched: true });
  const { vectors } = (await adapter.embed?.({ texts: [single.text] }, anySignal())) ?? {};
  const expected = sums.map((value) => value / Math.hypot(...sums));
  expect(furthest(vectors?.[0], expected)).toBeLessThan(1e-5);
});

test('what sentence-transformers says beside an export counts', async () => {
  const bert = tinyBert({ seed: 3 });
  const directory = await tinyExport(bert);
  await mkdir(join(directory, '1_Pooling'));
  const pooling = { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false };
  await writeFile(join(directory, '1_Pooling/config.json'), JSON.stringify(pooling));
  const [first = []] = referenceBert(bert).states(single.tokens, single.types);
  const adapter = await openFolder(directory);
  const { vectors } = (await adapter.embed?.({ texts: [single.text] }, anySignal())) ?? {};
  const expected = first.map((value) => value / Math.hypot(...first));
  expect(furthest(vectors?.[0], expected)).toBeLessThan(1e-5);
});

test('an export whose vectors would lack a step does not load, and the problem names the file', async () => {
  const directory = await tinyExport(tinyBert());
  const modules = ['Transformer', 'Dense'].map((name) => ({ type: `sentence_transformers.models.${name}` }));
  await writeFile(join(directory, 'modules.json'), JSON.stringify(modules));
  await expect(openFolder(directory)).rejects.toThrow(
    'modules.json has a Dense module, and only Transformer, Pooling and Normalize are served',
  );
});

test('int8 exports round by what shares their run, so each text has a run of its own, which is said', async () => {
  const adapter = await openFolder(await tinyQuantizedExport());
  expect(adapter.loading?.status()).toMatchObject({ batched: false });
  const together = await adapter.embed?.({ texts: ['a b', 'h h', 'b c'] }, anySignal());
  for (const [index, text] of ['a b', 'h h', 'b c'].entries()) {
    const alone = await adapter.embed?.({ texts: [text] }, anySignal());
    expect(together?.vectors[index]).toEqual(alone?.vectors[0]);
  }
});

test('a classifier of texts in that layout classifies by the labels of its config.json', async () => {
  const bert = tinyBert({ seed: 4, labels: ['bad', 'fair', 'good'] });
  const logits = referenceBert(bert).logits(single.tokens, single.types);
  const likeliest = ['bad', 'fair', 'good'][logits.indexOf(Math.max(...logits))];
  const adapter = await openFolder(await tinyExport(bert));
  const { scores: [scores = []] = [] } =
    (await adapter.classify?.({ texts: [single.text] }, anySignal())) ?? {};
  expect(scores.map(({ label }) => label).toSorted()).toEqual(['bad', 'fair', 'good']);
  expect(scores[0]?.label).toBe(likeliest);
});

test('one of a single label reranks', async () => {
  const bert = tinyBert({ seed: 5, labels: ['LABEL_0'] });
  const expected = referenceBert(bert).logits(pair.tokens, pair.types);
  const adapter = await openFolder(await tinyExport(bert));
  const { scores } =
    (await adapter.rerank?.({ query: pair.query, documents: [single.text] }, anySignal())) ?? {};
  expect(furthest(scores, expected)).toBeLessThan(1e-5);
});
