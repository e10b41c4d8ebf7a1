import { readHalf } from './half-float.ts';

/**
 * Blocks of 32 weights with one half-precision scale, and a minimum in the `_1` forms.
 * Of the 16 packed bytes the low nibbles are weights 0 to 15, the high nibbles weights 16 to 31.
 * The 5-bit forms keep the fifth bits together in one 32-bit word, bit n for weight n.
 */

/** scale, 32 signed bytes: weight = scale * byte */
export function dequantizeQ8_0(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 34) {
    const scale = readHalf(blocks, block);
    for (let index = 0; index < 32; index += 1) {
      target[out + index] = scale * blocks.getInt8(block + 2 + index);
    }
    out += 32;
  }
}

/** scale, 16 packed bytes: weight = scale * (nibble - 8) */
export function dequantizeQ4_0(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 18) {
    const scale = readHalf(blocks, block);
    for (let index = 0; index < 16; index += 1) {
      const packed = blocks.getUint8(block + 2 + index);
      target[out + index] = scale * ((packed & 0xf) - 8);
      target[out + 16 + index] = scale * ((packed >> 4) - 8);
    }
    out += 32;
  }
}

/** scale, minimum, 16 packed bytes: weight = scale * nibble + minimum */
export function dequantizeQ4_1(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 20) {
    const scale = readHalf(blocks, block);
    const minimum = readHalf(blocks, block + 2);
    for (let index = 0; index < 16; index += 1) {
      const packed = blocks.getUint8(block + 4 + index);
      target[out + index] = scale * (packed & 0xf) + minimum;
      target[out + 16 + index] = scale * (packed >> 4) + minimum;
    }
    out += 32;
  }
}

/** scale, fifth bits, 16 packed bytes: weight = scale * (five bits - 16) */
export function dequantizeQ5_0(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 22) {
    const scale = readHalf(blocks, block);
    const fifthBits = blocks.getUint32(block + 2, true);
    for (let index = 0; index < 16; index += 1) {
      const packed = blocks.getUint8(block + 6 + index);
      target[out + index] = scale * (((packed & 0xf) | (((fifthBits >>> index) & 1) << 4)) - 16);
      target[out + 16 + index] = scale * (((packed >> 4) | (((fifthBits >>> (index + 16)) & 1) << 4)) - 16);
    }
    out += 32;
  }
}

/** scale, minimum, fifth bits, 16 packed bytes: weight = scale * five bits + minimum */
export function dequantizeQ5_1(blocks: DataView, target: Float32Array): void {
  let out = 0;
  for (let block = 0; block < blocks.byteLength; block += 24) {
    const scale = readHalf(blocks, block);
    const minimum = readHalf(blocks, block + 2);
    const fifthBits = blocks.getUint32(block + 4, true);
    for (let index = 0; index < 16; index += 1) {
      const packed = blocks.getUint8(block + 8 + index);
      target[out + index] = scale * ((packed & 0xf) | (((fifthBits >>> index) & 1) << 4)) + minimum;
      target[out + 16 + index] =
        scale * ((packed >> 4) | (((fifthBits >>> (index + 16)) & 1) << 4)) + minimum;
    }
    out += 32;
  }
}
