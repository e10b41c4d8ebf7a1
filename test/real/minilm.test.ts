import { expect, test } from 'vitest';
import type { OnnxAdapter } from '../../adapters/onnx/index.ts';
import { openRealEncoder } from '../support/real-engine.ts';

const signal = (): AbortSignal => new AbortController().signal;

async function vectorsOf(
  adapter: OnnxAdapter,
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  return (await adapter.embed?.({ texts }, signal()))?.vectors ?? [];
}

function cosine(left: readonly number[] = [], right: readonly number[] = []): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? NaN), 0);
}

/** What https://www.sbert.net/docs/quickstart.html prints for this model and these sentences. */
const published = [
  [1, 0.666, 0.1046],
  [0.666, 1, 0.1411],
  [0.1046, 0.1411, 1],
] as const;

test('sentences are as alike as the publisher’s own implementation says', async () => {
  await using encoder = await openRealEncoder();
  const vectors = await vectorsOf(encoder.adapter, [
    'The weather is lovely today.',
    "It's so sunny outside!",
    'He drove to the stadium.',
  ]);
  for (const [row, cosines] of published.entries()) {
    for (const [column, expected] of cosines.entries()) {
      expect(Math.abs(cosine(vectors[row], vectors[column]) - expected)).toBeLessThan(0.00006);
    }
  }
});

const words =
  'the sea wind harbour light ship old story lantern winter market river stone garden silver'.split(' ');
const short = (seed: number): string =>
  Array.from({ length: 5 + (seed % 20) }, (_, at) => words[(seed * 31 + at * at * 7) % words.length]).join(
    ' ',
  );

test('fifty callers get the vectors that each text gets alone; the speeds are printed', async () => {
  await using encoder = await openRealEncoder({ threads: 2 });
  const { adapter } = encoder;
  const texts = Array.from({ length: 1000 }, (_, index) => short(index));
  await vectorsOf(adapter, texts.slice(0, 50));

  const aloneStartedMs = performance.now();
  const alone: (readonly number[] | undefined)[] = [];
  for (const text of texts.slice(0, 250)) alone.push((await vectorsOf(adapter, [text]))[0]);
  const aloneRate = 250_000 / (performance.now() - aloneStartedMs);

  const together: (readonly number[] | undefined)[] = [];
  let next = 0;
  async function caller(): Promise<void> {
    for (let index = next++; index < texts.length; index = next++) {
      [together[index]] = await vectorsOf(adapter, [texts[index] ?? '']);
    }
  }
  const togetherStartedMs = performance.now();
  await Promise.all(Array.from({ length: 50 }, caller));
  const togetherRate = 1_000_000 / (performance.now() - togetherStartedMs);

  const ratio = togetherRate / aloneRate;
  process.stdout.write('| one at a time, texts/s | 50 callers, texts/s | ratio |\n');
  process.stdout.write(`| ${aloneRate.toFixed(0)} | ${togetherRate.toFixed(0)} | ${ratio.toFixed(2)} |\n`);
  expect(together.slice(0, 250)).toEqual(alone);
});
