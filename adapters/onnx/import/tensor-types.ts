import { dequantizeQ4K, dequantizeQ5K, dequantizeQ6K } from './dequantize-k-blocks.ts';
import {
  dequantizeQ4_0,
  dequantizeQ4_1,
  dequantizeQ5_0,
  dequantizeQ5_1,
  dequantizeQ8_0,
} from './dequantize-blocks.ts';
import { widenBf16, widenF16, widenF32 } from './dequantize-floats.ts';

/** Writes the weights of whole blocks to the start of `target`. */
export type Dequantize = (blocks: DataView, target: Float32Array) => void;

export interface TensorType {
  readonly name: string;
  /** Weights in one block; a row is a whole number of blocks. */
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly dequantize: Dequantize;
}

/** By the type number in the file. */
const tensorTypes: ReadonlyMap<number, TensorType> = new Map([
  [0, { name: 'F32', blockSize: 1, blockBytes: 4, dequantize: widenF32 }],
  [1, { name: 'F16', blockSize: 1, blockBytes: 2, dequantize: widenF16 }],
  [2, { name: 'Q4_0', blockSize: 32, blockBytes: 18, dequantize: dequantizeQ4_0 }],
  [3, { name: 'Q4_1', blockSize: 32, blockBytes: 20, dequantize: dequantizeQ4_1 }],
  [6, { name: 'Q5_0', blockSize: 32, blockBytes: 22, dequantize: dequantizeQ5_0 }],
  [7, { name: 'Q5_1', blockSize: 32, blockBytes: 24, dequantize: dequantizeQ5_1 }],
  [8, { name: 'Q8_0', blockSize: 32, blockBytes: 34, dequantize: dequantizeQ8_0 }],
  [12, { name: 'Q4_K', blockSize: 256, blockBytes: 144, dequantize: dequantizeQ4K }],
  [13, { name: 'Q5_K', blockSize: 256, blockBytes: 176, dequantize: dequantizeQ5K }],
  [14, { name: 'Q6_K', blockSize: 256, blockBytes: 210, dequantize: dequantizeQ6K }],
  [30, { name: 'BF16', blockSize: 1, blockBytes: 2, dequantize: widenBf16 }],
]);

/** Types that exist but are not read, so that an error can name what the file holds. */
const otherTypeNames: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);

export function tensorTypeOf(typeNumber: number): TensorType | undefined {
  return tensorTypes.get(typeNumber);
}

export function tensorTypeName(typeNumber: number): string {
  return tensorTypes.get(typeNumber)?.name ?? otherTypeNames.get(typeNumber) ?? `number ${typeNumber}`;
}

export function supportedTensorTypeNames(): string {
  return [...tensorTypes.values()].map((type) => type.name).join(', ');
}
