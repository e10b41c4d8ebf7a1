import { expect, test } from 'vitest';
import { tensorTypeOf, type TensorType } from '../../../adapters/onnx/import/tensor-types.ts';
import recorded from './recorded-blocks.json' with { type: 'json' };

const typeNumbers = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
} as const satisfies Record<keyof typeof recorded, number>;

test.each(Object.entries(recorded))('%s is read as the format’s own library reads it', (name, record) => {
  const blocks = Buffer.from(record.blocks, 'base64');
  const expected = floats(Buffer.from(record.weights, 'base64'));
  const type = typeNamed(name);
  expect(type.name).toBe(name);
  expect(expected).toHaveLength((blocks.length / type.blockBytes) * type.blockSize);

  const weights = new Float32Array(expected.length);
  type.dequantize(new DataView(blocks.buffer, blocks.byteOffset, blocks.length), weights);

  // The library multiplies scales and sub-scales in single precision, so the last bit may differ.
  const largest = Math.max(...expected.map(Math.abs));
  const furthest = Math.max(...weights.map((weight, index) => Math.abs(weight - (expected[index] ?? NaN))));
  expect(furthest).toBeLessThanOrEqual(largest * 2 ** -22);
});

function typeNamed(name: string): TensorType {
  const number = Object.entries(typeNumbers).find(([known]) => known === name)?.[1];
  return tensorTypeOf(number ?? -1) ?? expect.fail(`${name} is not imported`);
}

function floats(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}
