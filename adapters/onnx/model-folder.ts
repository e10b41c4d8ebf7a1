import { z } from 'zod';

/**
 * The manifest of a model folder, `switchyard.json`. It is written last and in one rename, so a folder that has one is whole.
 *
 * Beside it lie the graph with its weights, and `tokenizer.json`, `tokenizer_config.json` (with the chat template),
 * `config.json` and `generation_config.json` in the form transformers.js reads. An encoder has no chat template and no generation.
 */
const commonFields = {
  formatVersion: z.literal(1),
  /** The model's name towards clients, such as `smollm2-135m`. */
  name: z.string().min(1),
  /** Changes when the weights or their conversion change; part of every cache key. */
  version: z.string().min(1),
  /** Where it came from, for people: `hf:owner/name@revision`, `pypi:name==version`, `gguf:file`. */
  source: z.string().min(1),
  /** Path of the ONNX file, relative to the folder. */
  graphFile: z.string().min(1),
  files: z.array(
    z.strictObject({
      path: z.string().min(1),
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
};

/** A model that writes. */
const decoderManifestSchema = z.strictObject({
  ...commonFields,
  /**
   * `delta`: the graph takes the cache and returns only the new keys and values (see `graph-form.md` of this folder).
   * `past-present`: the usual export, `past_key_values.N.*` in, `present.N.*` out.
   */
  graph: z.enum(['delta', 'past-present']),
  decoder: z.strictObject({
    layers: z.int().positive(),
    keyValueHeads: z.int().positive(),
    headSize: z.int().positive(),
    vocabularySize: z.int().positive(),
    contextTokens: z.int().positive(),
  }),
  tokens: z.strictObject({
    bos: z.int().nonnegative().optional(),
    /** Any of these ends the answer. */
    eos: z.array(z.int().nonnegative()).min(1),
  }),
});

/** A model that reads: texts become vectors, labels or scores. */
const encoderManifestSchema = z.strictObject({
  ...commonFields,
  /** `input_ids` and `attention_mask` in; `last_hidden_state` out to embed, `logits` to classify and to rerank. */
  graph: z.literal('encoder'),
  encoder: z.discriminatedUnion('task', [
    z.strictObject({
      task: z.literal('embed'),
      contextTokens: z.int().positive(),
      dimensions: z.int().positive(),
      /** How the vectors of the tokens become the text's: their mean, the first one or the last one. */
      pooling: z.enum(['mean', 'cls', 'last']),
      /** Whether vectors are brought to length 1. */
      normalize: z.boolean(),
    }),
    z.strictObject({
      task: z.literal('classify'),
      contextTokens: z.int().positive(),
      labels: z.array(z.string()).min(2),
      /** Whether a text can have several labels: sigmoids instead of a softmax. */
      multiLabel: z.boolean(),
    }),
    z.strictObject({ task: z.literal('rerank'), contextTokens: z.int().positive() }),
  ]),
});

export const modelManifestSchema = z.discriminatedUnion('graph', [
  decoderManifestSchema,
  encoderManifestSchema,
]);

export type DecoderManifest = z.infer<typeof decoderManifestSchema>;
export type EncoderManifest = z.infer<typeof encoderManifestSchema>;
export type ModelManifest = z.infer<typeof modelManifestSchema>;

export const manifestFileName = 'switchyard.json';

/** Prompt and answer together for a decoder, a text for an encoder. */
export function contextTokensOf(manifest: ModelManifest): number {
  return manifest.graph === 'encoder' ? manifest.encoder.contextTokens : manifest.decoder.contextTokens;
}
