/** Every IEEE 754 half-precision number by its 16 bits: a look-up is the fastest way to widen millions of them. */
export const halfToFloat: Float32Array = new Float32Array(0x1_0000).map((_, bits) => widenHalf(bits));

function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function readHalf(view: DataView, offset: number): number {
  return halfToFloat[view.getUint16(offset, true)] ?? Number.NaN;
}
