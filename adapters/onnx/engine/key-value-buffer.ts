import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { pastNames, type DecoderShape } from './decoder-shape.ts';

/** Half precision is held as its bits: the engine moves keys and values about and never computes with them. */
export type CacheArray = Float32Array | Uint16Array;
export type CacheType = 'float16' | 'float32';

export interface CacheShape extends DecoderShape {
  readonly cacheType: CacheType;
}

/** Keys and values of some sequences as graph-form.md lays them out: one row a sequence, `capacity` positions a row. */
export interface KeyValueBuffer {
  readonly shape: CacheShape;
  readonly rows: number;
  readonly capacity: number;
  /** Per layer: keys [rows, K, H, capacity], values [rows, K, capacity, H]. */
  readonly layers: readonly LayerCache[];
}

interface LayerCache {
  readonly keys: CacheArray;
  readonly values: CacheArray;
}

export function createKeyValueBuffer(shape: CacheShape, rows: number, capacity: number): KeyValueBuffer {
  const size = rows * rowSize(shape, capacity);
  const layers = Array.from({ length: shape.layers }, () => ({
    keys: cacheArray(shape.cacheType, size),
    values: cacheArray(shape.cacheType, size),
  }));
  return { shape, rows, capacity, layers };
}

/** Gives the memory back at once. Left to the garbage collector, old buffers would double what the process holds. */
export function releaseKeyValueBuffer({ layers }: KeyValueBuffer): void {
  for (const { keys, values } of layers) for (const { buffer } of [keys, values]) release(buffer);
}

export function bytesOfPositions(shape: CacheShape, positions: number): number {
  const elementBytes = shape.cacheType === 'float16' ? 2 : 4;
  return 2 * shape.layers * rowSize(shape, positions) * elementBytes;
}

/** What the graph takes. */
export function cacheTypeOf({ inputMetadata }: InferenceSession): CacheType {
  const past = inputMetadata.find(({ name }) => name === 'past_key_values.0.key');
  return past?.isTensor === true && past.type === 'float16' ? 'float16' : 'float32';
}

/** A run of positions of one row. */
export interface CacheSpan {
  readonly buffer: KeyValueBuffer;
  readonly row: number;
  readonly from: number;
}

/** Copies positions from one row to another; the buffers may have different capacities. */
export function copyPositions(source: CacheSpan, target: CacheSpan, count: number): void {
  const { keyValueHeads, headSize } = source.buffer.shape;
  for (const [index, layer] of source.buffer.layers.entries()) {
    const into = target.buffer.layers[index];
    if (into === undefined) continue;
    copyRuns(layer.keys, into.keys, {
      runs: keyValueHeads * headSize,
      length: count,
      source: runsOf(source, 1),
      target: runsOf(target, 1),
    });
    copyRuns(layer.values, into.values, {
      runs: keyValueHeads,
      length: count * headSize,
      source: runsOf(source, headSize),
      target: runsOf(target, headSize),
    });
  }
}

/** What a run of the graph computed for one row. */
export interface NewRows {
  /** `new_kv`: [B, 2LK, S, H] */
  readonly data: CacheArray;
  /** Which of the B rows. */
  readonly row: number;
  /** S */
  readonly span: number;
}

/** Writes the first `count` positions of what was computed. */
export function writeNewRows(newRows: NewRows, target: CacheSpan, count: number): void {
  const { layers, keyValueHeads: heads, headSize } = target.buffer.shape;
  const block = newRows.span * headSize;
  const base = newRows.row * 2 * layers * heads * block;
  const used = count * headSize;
  for (const [index, { keys, values }] of target.buffer.layers.entries()) {
    for (let head = 0; head < heads; head++) {
      const keysAt = base + (2 * index * heads + head) * block;
      writeKeys(newRows.data.subarray(keysAt, keysAt + used), { keys, target, head });
      const valuesAt = base + ((2 * index + 1) * heads + head) * block;
      values.set(newRows.data.subarray(valuesAt, valuesAt + used), valueOffset(target, head));
    }
  }
}

/** Views of the first `rows` rows: the runtime reads the memory without a copy. */
export function pastTensors(buffer: KeyValueBuffer, rows: number): Record<string, Tensor> {
  const { shape, capacity, layers } = buffer;
  const { keyValueHeads, headSize, cacheType } = shape;
  const size = rows * rowSize(shape, capacity);
  const tensors: Record<string, Tensor> = {};
  for (const [index, name] of pastNames(shape).entries()) {
    const layer = layers[index];
    if (layer === undefined) continue;
    tensors[name.key] = cacheTensor(cacheType, layer.keys.subarray(0, size), [
      rows,
      keyValueHeads,
      headSize,
      capacity,
    ]);
    tensors[name.value] = cacheTensor(cacheType, layer.values.subarray(0, size), [
      rows,
      keyValueHeads,
      capacity,
      headSize,
    ]);
  }
  return tensors;
}

function cacheTensor(type: CacheType, data: CacheArray, dimensions: readonly number[]): Tensor {
  return data instanceof Uint16Array
    ? new Tensor('float16', data, dimensions)
    : new Tensor(type, data, dimensions);
}

function cacheArray(type: CacheType, size: number): CacheArray {
  return type === 'float16' ? new Uint16Array(size) : new Float32Array(size);
}

function rowSize({ keyValueHeads, headSize }: CacheShape, capacity: number): number {
  return keyValueHeads * headSize * capacity;
}

function release(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

interface Runs {
  readonly first: number;
  readonly stride: number;
}

/** Where the runs of one row begin; a position takes `width` numbers of a run. */
function runsOf({ buffer, row, from }: CacheSpan, width: number): Runs {
  const stride = buffer.capacity * width;
  return { first: row * rowSize(buffer.shape, buffer.capacity) + from * width, stride };
}

interface RunCopy {
  readonly runs: number;
  readonly length: number;
  readonly source: Runs;
  readonly target: Runs;
}

function copyRuns(source: CacheArray, target: CacheArray, copy: RunCopy): void {
  for (let run = 0; run < copy.runs; run++) {
    const from = copy.source.first + run * copy.source.stride;
    target.set(source.subarray(from, from + copy.length), copy.target.first + run * copy.target.stride);
  }
}

function valueOffset({ buffer, row, from }: CacheSpan, head: number): number {
  const { shape, capacity } = buffer;
  return row * rowSize(shape, capacity) + (head * capacity + from) * shape.headSize;
}

interface KeyTarget {
  readonly keys: CacheArray;
  readonly target: CacheSpan;
  readonly head: number;
}

/** Keys lie transposed: the positions of one component are neighbours. */
function writeKeys(rows: CacheArray, { keys, target, head }: KeyTarget): void {
  const { shape, capacity } = target.buffer;
  const { headSize } = shape;
  const count = rows.length / headSize;
  const start = target.row * rowSize(shape, capacity) + head * headSize * capacity + target.from;
  for (let component = 0; component < headSize; component++) {
    const at = start + component * capacity;
    for (let row = 0; row < count; row++) keys[at + row] = rows[row * headSize + component] ?? 0;
  }
}
