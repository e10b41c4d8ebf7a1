import type { CachePiece, CachePieces, DecoderRow } from './decoder.ts';
import {
  bytesOfPositions,
  copyPositions,
  createKeyValueBuffer,
  type CacheShape,
  type KeyValueBuffer,
} from './key-value-buffer.ts';
import { createPoolRow, type PoolRow } from './key-value-pool.ts';

/** A sequence of the delta decoder. It begins in a pool of its own and may be moved into a shared one. */
export class DeltaRow implements DecoderRow {
  readonly poolRow: PoolRow;
  readonly pieces: CachePieces;

  readonly #onClose: () => void;

  constructor(shape: CacheShape, onClose: () => void) {
    this.#onClose = onClose;
    const poolRow = createPoolRow(shape);
    this.poolRow = poolRow;
    this.pieces = {
      take(from, count) {
        const buffer = createKeyValueBuffer(shape, 1, count);
        copyPositions(poolRow.pool.span(poolRow, from), { buffer, row: 0, from: 0 }, count);
        return new DeltaPiece(buffer);
      },
      put(piece) {
        if (!(piece instanceof DeltaPiece)) throw new Error('the piece is of another decoder');
        const { pool, length } = poolRow;
        pool.reserve(length + piece.tokens);
        copyPositions({ buffer: piece.buffer, row: 0, from: 0 }, pool.span(poolRow, length), piece.tokens);
        poolRow.length += piece.tokens;
      },
    };
  }

  get length(): number {
    return this.poolRow.length;
  }

  close(): void {
    this.poolRow.pool.remove(this.poolRow);
    this.#onClose();
  }
}

class DeltaPiece implements CachePiece {
  readonly buffer: KeyValueBuffer;
  readonly tokens: number;
  readonly bytes: number;

  constructor(buffer: KeyValueBuffer) {
    this.buffer = buffer;
    this.tokens = buffer.capacity;
    this.bytes = bytesOfPositions(buffer.shape, buffer.capacity);
  }
}
