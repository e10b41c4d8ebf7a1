/**
 * A small seeded generator for sampling: the same seed gives the same numbers on every machine.
 * xoshiro128** 1.1 by Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators" (2018), on 32-bit words.
 */
export interface RandomSource {
  /** Uniform in [0, 1), with 53 random bits. */
  next(): number;
}

export type RandomState = [number, number, number, number];

export function createRandomSource(seed: number): RandomSource {
  const state = seededState(seed);
  return {
    next() {
      const high = nextUint32(state) >>> 5;
      const low = nextUint32(state) >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
  };
}

/** One step of xoshiro128**; changes the state. */
export function nextUint32(state: RandomState): number {
  const result = Math.imul(rotateLeft(Math.imul(state[1], 5), 7), 9) >>> 0;
  const shifted = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotateLeft(state[3], 11);
  return result;
}

/** Spreads the seed over the four words with the finaliser of MurmurHash3, since similar seeds must not give similar states. */
function seededState(seed: number): RandomState {
  const upperBits = Math.floor(seed / 2 ** 32);
  const base = (seed >>> 0) ^ Math.imul(upperBits, 0x85ebca6b);
  const word = (index: number): number => mix(base + Math.imul(index, 0x9e3779b9));
  return [word(1), word(2), word(3), word(4)];
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
