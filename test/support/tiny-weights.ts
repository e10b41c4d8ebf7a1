/** Random weights in the storage forms of GGUF. Deterministic: the same seed gives the same bytes. */

export type TinyWeightType = keyof typeof forms;

interface StorageForm {
  readonly typeNumber: number;
  readonly blockSize: number;
  /** A block of random weights whose standard deviation is about `deviation`. */
  readonly block: (random: () => number, deviation: number) => Buffer;
}

/** Standard deviations of evenly spread 4, 5, 6 and 8 bit numbers. */
const spread = { bits4: 4.61, bits5: 9.23, bits6: 18.47, bits8: 73.9 } as const;

const forms = {
  F32: {
    typeNumber: 0,
    blockSize: 1,
    block: (random, deviation) => float32(even(random, deviation)),
  },
  F16: {
    typeNumber: 1,
    blockSize: 1,
    block: (random, deviation) => half(even(random, deviation)),
  },
  BF16: {
    typeNumber: 30,
    blockSize: 1,
    block: (random, deviation) => float32(even(random, deviation)).subarray(2),
  },
  Q4_0: {
    typeNumber: 2,
    blockSize: 32,
    block: (random, deviation) => Buffer.concat([half(deviation / spread.bits4), bytes(random, 16)]),
  },
  Q4_1: {
    typeNumber: 3,
    blockSize: 32,
    block: (random, deviation) => {
      const scale = deviation / spread.bits4;
      return Buffer.concat([half(scale), half(-7.5 * scale), bytes(random, 16)]);
    },
  },
  Q5_0: {
    typeNumber: 6,
    blockSize: 32,
    block: (random, deviation) => Buffer.concat([half(deviation / spread.bits5), bytes(random, 20)]),
  },
  Q5_1: {
    typeNumber: 7,
    blockSize: 32,
    block: (random, deviation) => {
      const scale = deviation / spread.bits5;
      return Buffer.concat([half(scale), half(-15.5 * scale), bytes(random, 20)]);
    },
  },
  Q8_0: {
    typeNumber: 8,
    blockSize: 32,
    block: (random, deviation) => Buffer.concat([half(deviation / spread.bits8), bytes(random, 32)]),
  },
  Q4_K: {
    typeNumber: 12,
    blockSize: 256,
    block: (random, deviation) => {
      const scale = deviation / spread.bits4 / 32;
      return Buffer.concat([half(scale), half(7.5 * scale), bytes(random, 140)]);
    },
  },
  Q5_K: {
    typeNumber: 13,
    blockSize: 256,
    block: (random, deviation) => {
      const scale = deviation / spread.bits5 / 32;
      return Buffer.concat([half(scale), half(15.5 * scale), bytes(random, 172)]);
    },
  },
  Q6_K: {
    typeNumber: 14,
    blockSize: 256,
    block: (random, deviation) =>
      Buffer.concat([bytes(random, 208), half(deviation / spread.bits6 / spread.bits8)]),
  },
} as const satisfies Record<string, StorageForm>;

export const tinyWeightTypes: readonly TinyWeightType[] = [
  'F32',
  'F16',
  'BF16',
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q8_0',
  'Q4_K',
  'Q5_K',
  'Q6_K',
];

export interface TinyTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: TinyWeightType;
  readonly deviation: number;
}

export function randomTensor(
  { name, dimensions, type, deviation }: TinyTensor,
  random: () => number,
): { name: string; dimensions: readonly number[]; typeNumber: number; bytes: Buffer } {
  const form: StorageForm = forms[type];
  const count = dimensions.reduce((product, dimension) => product * dimension, 1);
  const blocks = Array.from({ length: count / form.blockSize }, () => form.block(random, deviation));
  return { name, dimensions, typeNumber: form.typeNumber, bytes: Buffer.concat(blocks) };
}

/** Weights in a row must be a multiple of this. */
export function blockSizeOf(type: TinyWeightType): number {
  return forms[type].blockSize;
}

/** A small, well-mixed generator: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function even(random: () => number, deviation: number): number {
  return (random() - 0.5) * Math.sqrt(12) * deviation;
}

function bytes(random: () => number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
}

function float32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

/** A number as a half, rounded towards zero. */
export function half(value: number): Buffer {
  const size = Math.abs(value);
  if (size >= 65_520) throw new RangeError(`${value} is too large for a half`);
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = Math.floor(size / 2 ** (exponent - 10));
  // Below the smallest ordinary half, the leading bit is missing from the steps and the exponent field stays 0.
  const bits = steps < 1024 ? steps : ((exponent + 15) << 10) + steps - 1024;
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE((value < 0 ? 0x8000 : 0) | bits);
  return buffer;
}
