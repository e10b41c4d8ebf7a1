import { z } from 'zod';
import { encoderConfigSchema } from '../../encoder-description.ts';
import { ModelImportError } from '../model-import-error.ts';

const count = z.int().positive();

/** `config.json` of an encoder that can be imported. */
const bertConfigSchema = encoderConfigSchema.extend({
  model_type: z.literal('bert'),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count.max(200),
  num_attention_heads: count,
  vocab_size: count,
  type_vocab_size: count,
  layer_norm_eps: z.number().positive(),
  hidden_act: z.literal('gelu'),
  position_embedding_type: z.literal('absolute').default('absolute'),
});
export type BertConfig = z.infer<typeof bertConfigSchema>;

/** @throws ModelImportError for another architecture, or a feature that would need another graph. */
export function readBertConfig(config: unknown): BertConfig {
  const type = z.object({ model_type: z.string() }).safeParse(config).data?.model_type;
  if (type !== 'bert') {
    throw new ModelImportError(
      'unsupported-architecture',
      `Encoders of the type ${type ?? 'unknown'} are not imported; those of the type bert are. An ONNX export of it can be used as it is.`,
    );
  }
  const read = bertConfigSchema.safeParse(config);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ModelImportError('unsupported-feature', `config.json: ${problems.join('; ')}.`, {
    cause: read.error,
  });
}
