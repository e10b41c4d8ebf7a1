/**
 * A decoder as the reference reads it: its shape, and its weights under the names that GGUF gives them. Where they are kept, and in
 * what form, is the business of `gguf-reference.ts` and `folder-reference.ts`.
 */
export interface ReferenceModel {
  readonly shape: ReferenceShape;
  /** Undefined where the model has no tensor of this name. */
  readonly tensor: (name: string) => ReferenceTensor | undefined;
  /** Lets go of the files. */
  readonly close: () => Promise<void>;
}

export interface ReferenceTensor {
  /** A vector is one row. */
  readonly rows: number;
  readonly columns: number;
  /** Whole rows in their order, some at a time. A piece is valid until the next one is asked for. */
  readonly pieces: () => AsyncIterable<Float32Array>;
}

export const referenceFamilies = ['llama', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3'] as const;
export type ReferenceFamily = (typeof referenceFamilies)[number];

export interface ReferenceShape {
  readonly family: ReferenceFamily;
  readonly layers: number;
  readonly width: number;
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly epsilon: number;
  /** Factor on the products of queries and keys. */
  readonly attentionScale: number;
  /** 0 is no cap. */
  readonly attentionCap: number;
  readonly logitCap: number;
  readonly layer: (index: number) => LayerShape;
}

export interface LayerShape {
  /** A token sees so many, itself included; `Infinity` is all. */
  readonly windowTokens: number;
  /** Radians a position, one a pair of a head. */
  readonly frequencies: Float64Array;
}

/** The model is whole for the gateway, but not one whose formula the reference knows, or not one that it can read. */
export class ReferenceUnavailable extends Error {
  override readonly name = 'ReferenceUnavailable';
}
