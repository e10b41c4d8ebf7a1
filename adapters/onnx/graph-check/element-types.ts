/** `TensorProto.DataType` of ONNX: name and bits of an element (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const elementTypes: ReadonlyMap<number, { readonly name: string; readonly bits: number }> = new Map(
  Object.entries({
    1: ['float32', 32],
    2: ['uint8', 8],
    3: ['int8', 8],
    4: ['uint16', 16],
    5: ['int16', 16],
    6: ['int32', 32],
    7: ['int64', 64],
    9: ['bool', 8],
    10: ['float16', 16],
    11: ['float64', 64],
    12: ['uint32', 32],
    13: ['uint64', 64],
    14: ['complex64', 64],
    15: ['complex128', 128],
    16: ['bfloat16', 16],
    17: ['float8e4m3fn', 8],
    18: ['float8e4m3fnuz', 8],
    19: ['float8e5m2', 8],
    20: ['float8e5m2fnuz', 8],
    21: ['uint4', 4],
    22: ['int4', 4],
    23: ['float4e2m1', 4],
    24: ['float8e8m0', 8],
    25: ['uint2', 2],
    26: ['int2', 2],
  } as const).map(([code, [name, bits]]) => [Number(code), { name, bits }]),
);

/** Texts have no fixed size. */
export const textElementType = 8;

/** Such as `float16`. */
export function elementTypeName(code: number): string {
  return elementTypes.get(code)?.name ?? (code === textElementType ? 'string' : `type ${code}`);
}

/** `undefined` for a type that is unknown or of no fixed size. */
export function elementBits(code: number): number | undefined {
  return elementTypes.get(code)?.bits;
}
