import { readHalf } from './half-float.ts';

/** The "K" forms: blocks of 256 weights whose sub-blocks have small integer scales on top of half-precision ones. */

/** scale, minimum scale, 12 bytes of 6-bit scales and minima for 8 sub-blocks, 128 packed bytes. */
export function dequantizeQ4K(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 144) {
    for (let pair = 0; pair < 4; pair += 1) {
      const packed = block + 16 + 32 * pair;
      const low = subBlock(blocks, block, 2 * pair);
      const high = subBlock(blocks, block, 2 * pair + 1);
      for (let index = 0; index < 32; index += 1) {
        const nibbles = blocks.getUint8(packed + index);
        target[out + index] = low.scale * (nibbles & 0xf) - low.minimum;
        target[out + 32 + index] = high.scale * (nibbles >> 4) - high.minimum;
      }
      out += 64;
    }
  }
}

/** As Q4_K, with 32 bytes of fifth bits (bit n of byte i: weight i of sub-block n) before the packed bytes. */
export function dequantizeQ5K(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 176) {
    for (let pair = 0; pair < 4; pair += 1) {
      const packed = block + 48 + 32 * pair;
      const low = subBlock(blocks, block, 2 * pair);
      const high = subBlock(blocks, block, 2 * pair + 1);
      for (let index = 0; index < 32; index += 1) {
        const nibbles = blocks.getUint8(packed + index);
        const fifthBits = blocks.getUint8(block + 16 + index) >> (2 * pair);
        target[out + index] = low.scale * ((nibbles & 0xf) | ((fifthBits & 1) << 4)) - low.minimum;
        target[out + 32 + index] = high.scale * ((nibbles >> 4) | ((fifthBits & 2) << 3)) - high.minimum;
      }
      out += 64;
    }
  }
}

/**
 * Of 12 bytes, 0 to 3 hold the scales of sub-blocks 0 to 3 in their low six bits and 4 to 7 the minima;
 * sub-blocks 4 to 7 have their low four bits in bytes 8 to 11 and their top two in the top of bytes 0 to 7.
 */
function subBlock(blocks: DataView, block: number, index: number): { scale: number; minimum: number } {
  const at = block + 4 + index;
  const scaleBits =
    index < 4
      ? blocks.getUint8(at) & 0x3f
      : (blocks.getUint8(at + 4) & 0xf) | ((blocks.getUint8(at - 4) >> 6) << 4);
  const minimumBits =
    index < 4
      ? blocks.getUint8(at + 4) & 0x3f
      : (blocks.getUint8(at + 4) >> 4) | ((blocks.getUint8(at) >> 6) << 4);
  return { scale: readHalf(blocks, block) * scaleBits, minimum: readHalf(blocks, block + 2) * minimumBits };
}

/**
 * 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed sub-block scales of 16 weights each, and the scale
 * at the end: weight = scale * sub-scale * (six bits - 32). Each half of 128 weights is laid out as four runs of 32.
 */
export function dequantizeQ6K(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 210) {
    const scale = readHalf(blocks, block + 208);
    for (let run = 0; run < 8; run += 1) {
      const half = run >> 2;
      const lowNibbles = block + 64 * half + 32 * (run & 1);
      const nibbleShift = run & 2 ? 4 : 0;
      const upperBits = block + 128 + 32 * half;
      const pairShift = 2 * (run & 3);
      for (let index = 0; index < 32; index += 1) {
        const nibble = (blocks.getUint8(lowNibbles + index) >> nibbleShift) & 0xf;
        const upper = (blocks.getUint8(upperBits + index) >> pairShift) & 3;
        const subScale = blocks.getInt8(block + 192 + 2 * run + (index >> 4));
        target[out + index] = scale * subScale * ((nibble | (upper << 4)) - 32);
      }
      out += 32;
    }
  }
}
