import type { FileHandle } from 'node:fs/promises';
import type { GgufTensor } from './gguf-header.ts';

import { ModelImportError } from './model-import-error.ts';

/** Values held at once: 4 MB of floats, and some milliseconds of work between two turns of the event loop. */
const valuesPerChunk = 2 ** 20;

export interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  /** Bytes of the file read since the last call. */
  readonly onBytes: (bytes: number) => void;
}

/** Yields a tensor as floats, whole rows at a time. A chunk is valid only until the next one is asked for. */
export async function* readRows(
  file: FileHandle,
  tensor: GgufTensor,
  { signal, onBytes }: ReadOptions,
): AsyncGenerator<Float32Array> {
  const columns = tensor.dimensions[0] ?? 1;
  const rows = tensor.dimensions.slice(1).reduce((product, dimension) => product * dimension, 1);
  const rowBytes = (columns / tensor.type.blockSize) * tensor.type.blockBytes;
  const rowsPerChunk = Math.max(1, Math.min(rows, Math.floor(valuesPerChunk / columns)));
  const bytes = new Uint8Array(rowsPerChunk * rowBytes);
  const values = new Float32Array(rowsPerChunk * columns);
  for (let row = 0; row < rows; row += rowsPerChunk) {
    signal?.throwIfAborted();
    const chunkRows = Math.min(rowsPerChunk, rows - row);
    const chunkBytes = chunkRows * rowBytes;
    const { bytesRead } = await file.read(bytes, 0, chunkBytes, tensor.position + row * rowBytes);
    if (bytesRead < chunkBytes) {
      throw new ModelImportError('truncated', `The file became shorter while ${tensor.name} was read.`);
    }
    const chunk = values.subarray(0, chunkRows * columns);
    tensor.type.dequantize(new DataView(bytes.buffer, 0, chunkBytes), chunk);
    onBytes(chunkBytes);
    yield chunk;
  }
}

/** A small tensor, such as a norm, in one array of its own. */
export async function readVector(
  file: FileHandle,
  tensor: GgufTensor,
  options: ReadOptions,
): Promise<Float32Array> {
  const length = tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
  const vector = new Float32Array(length);
  let position = 0;
  for await (const chunk of readRows(file, tensor, options)) {
    vector.set(chunk, position);
    position += chunk.length;
  }
  return vector;
}
