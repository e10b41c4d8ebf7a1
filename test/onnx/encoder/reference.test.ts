import { expect, test } from 'vitest';
import { tinyBert } from '../../support/tiny-bert.ts';
import { referenceBert } from './reference-bert.ts';
import { anySignal, openTinyEncoder } from './tiny-encoder.ts';

/** `[CLS] a c e [SEP]`; letters begin at 4. */
const single = { text: 'a c e', tokens: [2, 4, 6, 8, 3], types: [0, 0, 0, 0, 0] };
const pair = { tokens: [2, 4, 5, 3, 6, 7, 8, 3], types: [0, 0, 0, 0, 1, 1, 1, 1] };

function furthest(actual: readonly number[] = [], expected: readonly number[] = []): number {
  return Math.max(...expected.map((value, at) => Math.abs(value - (actual[at] ?? NaN))));
}

test('an embedding is the normalised mean of the states that the formulas give', async () => {
  const bert = tinyBert({ seed: 3 });
  const states = referenceBert(bert).states(single.tokens, single.types);
  const sums = (states[0] ?? []).map((_, at) => states.reduce((sum, state) => sum + (state[at] ?? NaN), 0));
  const expected = sums.map((value) => value / Math.hypot(...sums));
  const adapter = await openTinyEncoder(bert);
  const { vectors } = (await adapter.embed?.({ texts: [single.text] }, anySignal())) ?? {};
  expect(furthest(vectors?.[0], expected)).toBeLessThan(1e-5);
});

test('labels have the probabilities that the formulas give, the likeliest first', async () => {
  const bert = tinyBert({ seed: 4, labels: ['bad', 'fair', 'good'] });
  const weights = referenceBert(bert).logits(single.tokens, single.types).map(Math.exp);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const expected = ['bad', 'fair', 'good']
    .map((label, at) => ({ label, score: (weights[at] ?? NaN) / sum }))
    .toSorted((left, right) => right.score - left.score);
  const adapter = await openTinyEncoder(bert);
  const { scores: [scores = []] = [] } =
    (await adapter.classify?.({ texts: [single.text] }, anySignal())) ?? {};
  expect(scores.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  expect(
    furthest(
      scores.map(({ score }) => score),
      expected.map(({ score }) => score),
    ),
  ).toBeLessThan(1e-5);
});

test('a model of several labels a text gives each its own probability', async () => {
  const config = { problem_type: 'multi_label_classification' };
  const bert = tinyBert({ seed: 4, labels: ['rude', 'spam'], config });
  const expected = referenceBert(bert)
    .logits(single.tokens, single.types)
    .map((logit) => 1 / (1 + Math.exp(-logit)));
  const adapter = await openTinyEncoder(bert);
  const { scores: [scores = []] = [] } =
    (await adapter.classify?.({ texts: [single.text] }, anySignal())) ?? {};
  const byLabel = new Map(scores.map(({ label, score }) => [label, score]));
  expect(furthest([byLabel.get('rude') ?? NaN, byLabel.get('spam') ?? NaN], expected)).toBeLessThan(1e-5);
});

test('a document is graded together with the query, as the second text of a pair', async () => {
  const bert = tinyBert({ seed: 5, labels: ['LABEL_0'] });
  const [expected = NaN] = referenceBert(bert).logits(pair.tokens, pair.types);
  const adapter = await openTinyEncoder(bert);
  const { scores } = (await adapter.rerank?.({ query: 'a b', documents: ['c d e', 'a'] }, anySignal())) ?? {};
  expect(Math.abs((scores?.[0] ?? NaN) - expected)).toBeLessThan(1e-5);
  expect(scores).toHaveLength(2);
});
