import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EncoderShape } from './encoder-reference-model.ts';
import { ReferenceUnavailable } from './reference-model.ts';

const count = z.int().positive();

/** `config.json` of an encoder whose formula the reference knows. */
const configSchema = z.object({
  model_type: z.literal('bert'),
  hidden_act: z.literal('gelu'),
  position_embedding_type: z.literal('absolute').optional(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  layer_norm_eps: z.number().positive(),
  vocab_size: count,
  max_position_embeddings: count,
  type_vocab_size: count,
});

/** The shape that `config.json` of a model folder tells. Throws `ReferenceUnavailable` for other architectures. */
export async function readEncoderShape(directory: string): Promise<EncoderShape> {
  const config = configSchema.safeParse(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')));
  if (!config.success) throw new ReferenceUnavailable('there is no reference for its architecture');
  return {
    layers: config.data.num_hidden_layers,
    width: config.data.hidden_size,
    innerWidth: config.data.intermediate_size,
    heads: config.data.num_attention_heads,
    epsilon: config.data.layer_norm_eps,
    vocabularySize: config.data.vocab_size,
    positions: config.data.max_position_embeddings,
    types: config.data.type_vocab_size,
  };
}
