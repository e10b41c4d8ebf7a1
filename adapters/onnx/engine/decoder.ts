/** Runs the graph for several sequences at once. What differs between the graph forms ends here. */
export interface Decoder {
  open(): DecoderRow;
  /** Runs the next tokens of some rows; gives for each the logits after its last token, in an array the caller may overwrite. */
  run(steps: readonly DecoderStep[]): Promise<readonly Float32Array[]>;
  /** Memory of the keys and values of all open rows, with the room kept for more. */
  cacheBytes(): number;
}

export interface DecoderStep {
  readonly row: DecoderRow;
  /** At least one. */
  readonly tokens: readonly number[];
}

/** The keys and values of one sequence. */
export interface DecoderRow {
  /** Tokens computed so far. */
  readonly length: number;
  /** Present where keys and values can be taken out and put into another row. */
  readonly pieces?: CachePieces;
  /** Gives the memory back. */
  close(): void;
}

export interface CachePieces {
  /** A copy of `count` positions from `from` on. */
  take(from: number, count: number): CachePiece;
  /** Adds a piece at the end. */
  put(piece: CachePiece): void;
}

/** Keys and values of some tokens in a row, in the form of the decoder that made it. */
export interface CachePiece {
  readonly tokens: number;
  readonly bytes: number;
}
