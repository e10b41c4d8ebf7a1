import type { DecoderManifest } from '../model-folder.ts';

export type DecoderShape = DecoderManifest['decoder'];

/** Names of the cache inputs of a graph, `past_key_values.0.key` first, in the order both graph forms share. */
export function pastNames(shape: DecoderShape): { readonly key: string; readonly value: string }[] {
  return Array.from({ length: shape.layers }, (_, layer) => ({
    key: `past_key_values.${layer}.key`,
    value: `past_key_values.${layer}.value`,
  }));
}
