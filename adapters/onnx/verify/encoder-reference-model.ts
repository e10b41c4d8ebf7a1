/**
 * An encoder as the reference reads it: its shape, and its weights under the names and in the layout of its publisher's safetensors,
 * without the `bert.` that models with a head put in front. Where they are kept is the business of `safetensors-reference.ts` and
 * `encoder-folder-reference.ts`.
 */
export interface EncoderReferenceModel {
  readonly shape: EncoderShape;
  /** All values, row by row. Throws where there is no such tensor, or one of another shape. */
  readonly tensor: (name: string, dimensions: readonly number[]) => Promise<Float32Array>;
  /** Lets go of the files. */
  readonly close: () => Promise<void>;
}

export interface EncoderShape {
  readonly layers: number;
  readonly width: number;
  /** Of the feed-forward part. */
  readonly innerWidth: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly vocabularySize: number;
  /** Places of tokens that have an embedding. */
  readonly positions: number;
  readonly types: number;
}
