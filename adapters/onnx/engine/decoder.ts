/** Runs the graph, one sequence at a time. What differs between the graph forms ends here. */
export interface Decoder {
  openSequence(): DecoderSequence;
}

/** One prompt with its answer, and the keys and values computed so far. */
export interface DecoderSequence {
  /** Runs the next tokens, at least one; gives the logits after the last of them, in an array the caller may overwrite. */
  append(tokens: readonly number[]): Promise<Float32Array>;
}
