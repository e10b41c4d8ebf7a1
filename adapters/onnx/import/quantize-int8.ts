/**
 * Weights as bytes with one scale a block, the form MatMulNBits takes: weight = scale * (byte - 128).
 * Symmetric, because a zero point of its own for each block makes the operator slower.
 */
export interface Int8Target {
  readonly bytes: Uint8Array;
  readonly scales: Float32Array;
}

export const int8ZeroPoint = 128;

export interface QuantizeOptions {
  readonly blockSize: number;
  /** Multiplied into the scales; the bytes do not depend on it. */
  readonly factor: number;
}

/** Quantises whole blocks. `bytes` gets as many bytes as there are values, `scales` one float a block. */
export function quantizeInt8(
  values: Float32Array,
  { bytes, scales }: Int8Target,
  { blockSize, factor }: QuantizeOptions,
): void {
  for (let start = 0, block = 0; start < values.length; start += blockSize, block += 1) {
    const end = start + blockSize;
    let largest = 0;
    for (let index = start; index < end; index += 1) {
      largest = Math.max(largest, Math.abs(values[index] ?? 0));
    }
    const stepsPerUnit = largest === 0 ? 0 : 127 / largest;
    // Every sum is positive, so cutting off the fraction rounds to the nearest step.
    for (let index = start; index < end; index += 1) {
      bytes[index] = (values[index] ?? 0) * stepsPerUnit + (int8ZeroPoint + 0.5);
    }
    scales[block] = (largest / 127) * factor;
  }
}
