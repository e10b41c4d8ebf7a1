import {
  bytesOfPositions,
  copyPositions,
  createKeyValueBuffer,
  pastTensors,
  releaseKeyValueBuffer,
  writeNewRows,
  type CacheShape,
  type CacheSpan,
  type NewRows,
} from './key-value-buffer.ts';
import type { Tensor } from 'onnxruntime-node';

/** The cache of one sequence: a row of some pool. */
export interface PoolRow {
  pool: KeyValuePool;
  /** Which row of the pool; changes when another row leaves. */
  index: number;
  /** Positions filled. */
  length: number;
}

/**
 * Caches that are computed with in one run of the graph: rows without gaps, all with room for the same number of positions.
 * A run computes over that whole room, so there is never much more than the longest row needs.
 */
export interface KeyValuePool {
  readonly rows: readonly PoolRow[];
  /** Positions a row: T of the graph. */
  readonly capacity: number;
  /** Memory of all rows and of the room for more. */
  bytes(): number;
  /** Makes room for so many positions a row. */
  reserve(positions: number): void;
  /** Takes in all rows of another pool, which is empty afterwards. */
  absorb(other: KeyValuePool): void;
  /** Adds what a run has computed for the row. */
  append(row: PoolRow, newRows: NewRows, count: number): void;
  /** Where positions of the row lie from `from` on. Good until the pool changes. */
  span(row: PoolRow, from: number): CacheSpan;
  /** Lets the row go; the last row takes its place. */
  remove(row: PoolRow): void;
  /** Views of all rows for a run. */
  inputs(): Record<string, Tensor>;
}

/** Growing copies the cache; once in 64 tokens that does not show. */
const growthStep = 64;

/** A pool with one empty row. */
export function createPoolRow(shape: CacheShape): PoolRow {
  const rows: PoolRow[] = [];
  let buffer = createKeyValueBuffer(shape, 1, 0);
  let tensors: Record<string, Tensor> | undefined;

  const span = (index: number, from: number): CacheSpan => ({ buffer, row: index, from });

  /** Moves everything into a buffer of another size. */
  function resize(rowCount: number, capacity: number): void {
    const old = buffer;
    buffer = createKeyValueBuffer(shape, rowCount, capacity);
    for (const { index, length } of rows)
      copyPositions({ buffer: old, row: index, from: 0 }, span(index, 0), length);
    tensors = undefined;
    releaseKeyValueBuffer(old);
  }

  const pool: KeyValuePool = {
    rows,
    get capacity() {
      return buffer.capacity;
    },
    bytes: () => bytesOfPositions(shape, buffer.rows * buffer.capacity),
    reserve(positions) {
      if (positions > buffer.capacity) resize(buffer.rows, roomFor(positions));
    },
    absorb(other) {
      const rowCount = rows.length + other.rows.length;
      const capacity = Math.max(buffer.capacity, other.capacity);
      if (rowCount > buffer.rows) resize(Math.max(rowCount, 2 * buffer.rows), capacity);
      else pool.reserve(capacity);
      for (const row of other.rows.slice()) {
        const source = other.span(row, 0);
        const index = rows.length;
        copyPositions(source, span(index, 0), row.length);
        other.remove(row);
        rows.push(Object.assign(row, { pool, index }));
      }
      tensors = undefined;
    },
    append(row, newRows, count) {
      pool.reserve(row.length + count);
      writeNewRows(newRows, span(row.index, row.length), count);
      row.length += count;
    },
    span: (row, from) => span(row.index, from),
    remove(row) {
      const last = rows.pop();
      if (last !== undefined && last !== row) {
        copyPositions(span(last.index, 0), span(row.index, 0), last.length);
        last.index = row.index;
        rows[row.index] = last;
      }
      tensors = undefined;
      const room = roomFor(Math.max(0, ...rows.map(({ length }) => length)));
      if (2 * rows.length <= buffer.rows || 2 * room <= buffer.capacity) resize(rows.length, room);
    },
    inputs: () => (tensors ??= pastTensors(buffer, rows.length)),
  };
  const row: PoolRow = { pool, index: 0, length: 0 };
  rows.push(row);
  return row;
}

function roomFor(positions: number): number {
  return Math.ceil(positions / growthStep) * growthStep;
}
