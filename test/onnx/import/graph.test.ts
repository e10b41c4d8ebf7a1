import { expect, onTestFinished, test } from 'vitest';
import type { GgufContent } from '../../support/gguf-bytes.ts';
import { indexOfLargest } from '../../../adapters/onnx/verify/agreement.ts';
import { openDeltaRunner, type DeltaRunner } from '../../../adapters/onnx/verify/delta-runner.ts';
import { tinyGguf, tinyShape, type TinyGgufOptions } from '../../support/tiny-gguf.ts';
import { tinyWeightTypes } from '../../support/tiny-weights.ts';
import { importScene } from './tiny-folder.ts';
import { distance, referenceOf } from './tiny-reference.ts';

const tokens = [1, 75, 104, 111, 40, 8, 200, 33, 271, 99, 264, 2];

/**
 * How far the graph's logits are from the reference, in standard deviations of the reference's. Int8 weights and activations cost
 * 0.02 to 0.08; a wrong rotation, mask, norm or head costs more than 0.3.
 */
const int8Tolerance = 0.1;

async function imported(content: GgufContent): Promise<DeltaRunner> {
  const scene = await importScene(content);
  await scene.run();
  const runner = await openDeltaRunner(scene.directory);
  onTestFinished(() => runner.close());
  return runner;
}

async function distanceFromReference(
  options: TinyGgufOptions,
  extra: Partial<GgufContent> = {},
): Promise<number> {
  const plain = tinyGguf(options);
  const content = { ...plain, tensors: [...plain.tensors, ...(extra.tensors ?? [])] };
  const [result] = await (await imported(content)).run([{ tokens }]);
  return distance(result?.logits ?? [], await referenceOf(content, tokens));
}

test.each(tinyWeightTypes)(
  'a model of %s weights computes what the reference computes',
  async (weightType) => {
    expect(await distanceFromReference({ weightType, seed: 3 })).toBeLessThan(int8Tolerance);
  },
);

test('a head of its own is used', async () => {
  expect(await distanceFromReference({ separateHead: true })).toBeLessThan(int8Tolerance);
});

test('more layers are used in their order', async () => {
  expect(await distanceFromReference({ layers: 5 })).toBeLessThan(int8Tolerance);
});

test('a linear rope scaling divides the positions', async () => {
  const metadata = {
    'llama.rope.scaling.type': { type: 'string', value: 'linear' },
    'llama.rope.scaling.factor': { type: 'float32', value: 4 },
  } as const;
  expect(await distanceFromReference({ metadata })).toBeLessThan(int8Tolerance);
});

test('rope factors divide the frequencies', async () => {
  const factors = Float32Array.from({ length: tinyShape().headSize / 2 }, (_, pair) => 1 + pair);
  const ropeFactors = {
    name: 'rope_freqs.weight',
    dimensions: [factors.length],
    typeNumber: 0,
    bytes: new Uint8Array(factors.buffer),
  };
  expect(await distanceFromReference({}, { tensors: [ropeFactors] })).toBeLessThan(int8Tolerance);
});

test('the reference would notice: a model with another rope base is far away', async () => {
  const metadata = { 'llama.rope.freq_base': { type: 'float32', value: 100 } } as const;
  const [result] = await (await imported(tinyGguf())).run([{ tokens }]);
  const other = await referenceOf(tinyGguf({ metadata }), tokens);
  expect(distance(result?.logits ?? [], other)).toBeGreaterThan(2 * int8Tolerance);
});

test('a prompt in pieces gives what it gives whole', async () => {
  const runner = await imported(tinyGguf());
  const expected = await referenceOf(tinyGguf(), tokens);
  const [first] = await runner.run([{ tokens: tokens.slice(0, 5) }]);
  const [second] = await runner.run([{ tokens: tokens.slice(5, 11), history: first?.history ?? [] }]);
  const [last] = await runner.run([{ tokens: tokens.slice(11), history: second?.history ?? [] }]);
  expect(distance(last?.logits ?? [], expected)).toBeLessThan(int8Tolerance);
});

test('rows of a batch with different pasts and lengths do not see each other', async () => {
  const runner = await imported(tinyGguf());
  const other = [5, 6, 7, 8, 9, 10, 11];
  const [begun] = await runner.run([{ tokens: tokens.slice(0, 8) }]);
  const rows = [
    { tokens: tokens.slice(8), history: begun?.history ?? [] },
    { tokens: other },
    { tokens: other.slice(0, 1) },
  ];
  const together = await runner.run(rows, { cacheTokens: 20, newTokens: 9 });
  for (const [index, result] of together.entries()) {
    const expected = await referenceOf(tinyGguf(), [tokens, other, other.slice(0, 1)][index] ?? []);
    expect(distance(result.logits, expected)).toBeLessThan(int8Tolerance);
    expect(indexOfLargest(result.logits)).toBe(indexOfLargest(expected));
  }
});
