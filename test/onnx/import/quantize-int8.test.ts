import { expect, test } from 'vitest';
import { int8ZeroPoint, quantizeInt8 } from '../../../adapters/onnx/import/quantize-int8.ts';
import { seededRandom } from '../../support/tiny-weights.ts';

const blockSize = 32;

interface Quantised {
  readonly bytes: Uint8Array;
  readonly scales: Float32Array;
  /** What the graph makes of them. */
  readonly weights: readonly number[];
}

function quantised(values: Float32Array, factor = 1): Quantised {
  const bytes = new Uint8Array(values.length);
  const scales = new Float32Array(values.length / blockSize);
  quantizeInt8(values, { bytes, scales }, { blockSize, factor });
  const scaleOf = (index: number): number => scales[Math.floor(index / blockSize)] ?? NaN;
  return {
    bytes,
    scales,
    weights: Array.from(bytes, (byte, index) => (byte - int8ZeroPoint) * scaleOf(index)),
  };
}

const random = seededRandom(1);
const values = Float32Array.from({ length: 8 * blockSize }, () => random() ** 3 - 0.5);

test('every weight is rounded to the nearest step of its block', () => {
  const { weights, scales } = quantised(values);
  const errors = weights.map(
    (weight, index) =>
      Math.abs(weight - (values[index] ?? NaN)) / (scales[Math.floor(index / blockSize)] ?? NaN),
  );
  expect(Math.max(...errors)).toBeLessThan(0.5001);
});

test('the largest weight of a block is kept, whatever its sign', () => {
  for (const sign of [1, -1]) {
    const { weights } = quantised(Float32Array.from({ length: blockSize }, (_, index) => (sign * index) / 7));
    expect(weights.at(-1)).toBeCloseTo((sign * 31) / 7, 6);
  }
});

test('a block of zeros stays one', () => {
  const { bytes, weights } = quantised(new Float32Array(blockSize));
  expect(new Set(bytes)).toEqual(new Set([int8ZeroPoint]));
  expect(weights.every((weight) => weight === 0)).toBe(true);
});

test('a factor goes into the scales alone', () => {
  const [plain, halved] = [quantised(values), quantised(values, 0.5)];
  expect(halved.bytes).toEqual(plain.bytes);
  expect(halved.scales).toEqual(plain.scales.map((scale) => scale / 2));
});
