import { Tensor } from 'onnxruntime-node';

holdHalfPrecisionAsBits();

/**
 * The runtime's binding was built before JavaScript had `Float16Array` and takes one for empty. Its JavaScript half decides once, at
 * the first tensor, whether there is such a thing: where it finds none it holds half precision as `Uint16Array`, which the binding knows.
 */
function holdHalfPrecisionAsBits(): void {
  const found = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array');
  Reflect.deleteProperty(globalThis, 'Float16Array');
  try {
    int64Tensor([0], [1]);
  } finally {
    if (found !== undefined) Object.defineProperty(globalThis, 'Float16Array', found);
  }
}

export function int64Tensor(values: readonly number[], dimensions: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dimensions);
}

/** The numbers of an output that must be there and be floats; half precision is widened. */
export function floatsOf(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.type === 'float32' && tensor.data instanceof Float32Array) return tensor.data;
  if (tensor?.type === 'float16') return widened(halfBitsOf(tensor, name));
  throw new Error(`the graph gave no float output "${name}"`);
}

/** The numbers of an output that must be there and be of half precision, as their bits. */
export function halfBitsOf(tensor: Tensor | undefined, name: string): Uint16Array {
  if (tensor?.type === 'float16' && tensor.data instanceof Uint16Array) return tensor.data;
  throw new Error(`the graph gave no half-precision output "${name}"`);
}

function widened(bits: Uint16Array): Float32Array {
  return Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}
