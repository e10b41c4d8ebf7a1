import { Tensor } from 'onnxruntime-node';

export function int64Tensor(values: readonly number[], dimensions: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dimensions);
}

/** The numbers of an output that must be there and be floats; half precision is widened. */
export function floatsOf(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.type === 'float32' && tensor.data instanceof Float32Array) return tensor.data;
  // The runtime types half precision as 16-bit words, but hands out a Float16Array where the engine has one, as Node 24 does.
  if (tensor?.type === 'float16') return Float32Array.from(tensor.data as Iterable<number>);
  throw new Error(`the graph gave no float output "${name}"`);
}
