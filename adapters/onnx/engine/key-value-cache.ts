import type { DecoderShape } from './decoder-shape.ts';

export interface KeyValueCache {
  /** Positions filled. */
  readonly length: number;
  /** Positions there is room for: T of the graph. */
  readonly capacity: number;
  /** Per layer: keys [K, H, T], values [K, T, H]. New arrays whenever the capacity has changed. */
  readonly layers: readonly LayerCache[];
  /** Adds the rows of `new_kv`, [2LK, S, H], as graph-form.md lays them out. */
  append(newRows: Float32Array, count: number): void;
}

export interface LayerCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/**
 * The graph computes over the whole capacity and masks what is empty, so there is never much more than needed.
 * 64 positions a step: growing copies the cache, and once in 64 tokens that does not show.
 */
const growthStep = 64;

export function createKeyValueCache(shape: DecoderShape): KeyValueCache {
  const { keyValueHeads: heads, headSize } = shape;
  let length = 0;
  let capacity = 0;
  let layers = emptyLayers(shape, 0);

  function grow(needed: number): void {
    const larger = Math.ceil(needed / growthStep) * growthStep;
    const grown = emptyLayers(shape, larger);
    for (const [index, layer] of layers.entries()) {
      const target = grown[index];
      if (target === undefined) continue;
      copyRows(layer.keys, target.keys, { rows: heads * headSize, from: capacity, to: larger });
      copyRows(layer.values, target.values, {
        rows: heads,
        from: capacity * headSize,
        to: larger * headSize,
      });
    }
    layers = grown;
    capacity = larger;
  }

  /** Keys lie transposed: the positions of one component are neighbours. */
  function writeKeys(keys: Float32Array, rows: Float32Array, head: number): void {
    const count = rows.length / headSize;
    for (let component = 0; component < headSize; component++) {
      const start = (head * headSize + component) * capacity + length;
      for (let row = 0; row < count; row++) {
        keys[start + row] = rows[row * headSize + component] ?? 0;
      }
    }
  }

  return {
    get length() {
      return length;
    },
    get capacity() {
      return capacity;
    },
    get layers() {
      return layers;
    },
    append(newRows, count) {
      if (length + count > capacity) grow(length + count);
      const block = count * headSize;
      for (const [index, layer] of layers.entries()) {
        for (let head = 0; head < heads; head++) {
          const keysAt = (2 * index * heads + head) * block;
          const valuesAt = ((2 * index + 1) * heads + head) * block;
          writeKeys(layer.keys, newRows.subarray(keysAt, keysAt + block), head);
          layer.values.set(
            newRows.subarray(valuesAt, valuesAt + block),
            (head * capacity + length) * headSize,
          );
        }
      }
      length += count;
    },
  };
}

function emptyLayers(shape: DecoderShape, capacity: number): LayerCache[] {
  const size = shape.keyValueHeads * shape.headSize * capacity;
  return Array.from({ length: shape.layers }, () => ({
    keys: new Float32Array(size),
    values: new Float32Array(size),
  }));
}

function copyRows(
  source: Float32Array,
  target: Float32Array,
  { rows, from, to }: { readonly rows: number; readonly from: number; readonly to: number },
): void {
  for (let row = 0; row < rows; row++) {
    target.set(source.subarray(row * from, (row + 1) * from), row * to);
  }
}
