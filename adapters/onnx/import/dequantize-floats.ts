import { readHalf } from './half-float.ts';

export function widenF32(values: DataView, target: Float32Array): void {
  const count = values.byteLength / 4;
  for (let index = 0; index < count; index += 1) target[index] = values.getFloat32(4 * index, true);
}

export function widenF16(values: DataView, target: Float32Array): void {
  const count = values.byteLength / 2;
  for (let index = 0; index < count; index += 1) target[index] = readHalf(values, 2 * index);
}

/** A bfloat16 is the upper half of a float's bits. */
export function widenBf16(values: DataView, target: Float32Array): void {
  const count = values.byteLength / 2;
  const bits = new Uint32Array(target.buffer, target.byteOffset, count);
  for (let index = 0; index < count; index += 1) bits[index] = values.getUint16(2 * index, true) << 16;
}
