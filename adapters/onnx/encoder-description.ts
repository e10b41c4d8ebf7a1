import { z } from 'zod';
import type { EncoderManifest } from './model-folder.ts';

export type EncoderDescription = EncoderManifest['encoder'];

const count = z.int().positive();

/** The part of `config.json` that says what an encoder is for. */
export const encoderConfigSchema = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).min(1),
  hidden_size: count.optional(),
  /** DistilBERT's word for `hidden_size`. */
  dim: count.optional(),
  max_position_embeddings: count,
  /** RoBERTa counts positions from behind the padding token's. */
  pad_token_id: z.int().nonnegative().nullish(),
  id2label: z.record(z.string(), z.string()).optional(),
  problem_type: z.string().nullish(),
});
export type EncoderConfig = z.infer<typeof encoderConfigSchema>;

/** `1_Pooling/config.json` of sentence-transformers. */
export const poolingConfigSchema = z.looseObject({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
});

/** `modules.json` of sentence-transformers: the steps from a text to its vector. */
export const modulesSchema = z.array(z.looseObject({ type: z.string() }));

/** `sentence_bert_config.json` of sentence-transformers. */
export const sentenceConfigSchema = z.looseObject({ max_seq_length: count.nullish() });

export interface EncoderFiles {
  readonly config: EncoderConfig;
  readonly pooling?: z.infer<typeof poolingConfigSchema> | undefined;
  readonly modules?: z.infer<typeof modulesSchema> | undefined;
  readonly sentence?: z.infer<typeof sentenceConfigSchema> | undefined;
}

/** Whether the model reads texts instead of writing them. */
export function isEncoder({ architectures }: Pick<EncoderConfig, 'architectures'>): boolean {
  return architectures.some((name) =>
    /^(Bert|DistilBert|Roberta|XLMRoberta|MPNet|Electra|Deberta)/.test(name),
  );
}

/** What a folder's files say of its encoder. Throws for a head or a pooling that is not served. */
export function describeEncoder(files: EncoderFiles): EncoderDescription {
  const { config } = files;
  const [architecture = ''] = config.architectures;
  const contextTokens = Math.min(positions(config), files.sentence?.max_seq_length ?? Infinity);
  if (!/For[A-Z]/.test(architecture)) return { ...embedding(files), contextTokens };
  if (!architecture.endsWith('ForSequenceClassification')) {
    throw new Error(`${architecture} is neither a plain encoder nor a classifier of texts`);
  }
  return { ...classification(config), contextTokens };
}

function positions({
  model_type: type,
  max_position_embeddings: positionCount,
  pad_token_id: pad,
}: EncoderConfig): number {
  return /roberta|mpnet/.test(type) ? positionCount - (pad ?? 1) - 1 : positionCount;
}

type Without<Key extends string, Union> = Union extends unknown ? Omit<Union, Key> : never;

function embedding({ config, pooling, modules }: EncoderFiles): Without<'contextTokens', EncoderDescription> {
  const dimensions = config.hidden_size ?? config.dim;
  if (dimensions === undefined) throw new Error('config.json has no hidden_size');
  return {
    task: 'embed',
    dimensions,
    pooling: poolingOf(pooling),
    // Without a word on it vectors are brought to length 1: what they are compared by, the cosine, stays the same.
    normalize: modules === undefined || modules.some(({ type }) => type.endsWith('.Normalize')),
  };
}

/** Sentence-transformers takes the mean where a folder says nothing. */
function poolingOf(pooling: EncoderFiles['pooling']): 'mean' | 'cls' | 'last' {
  if (pooling === undefined || pooling.pooling_mode_mean_tokens) return 'mean';
  if (pooling.pooling_mode_cls_token) return 'cls';
  if (pooling.pooling_mode_lasttoken) return 'last';
  throw new Error('its pooling is neither of the mean nor of the first or the last token');
}

function classification({
  id2label: labels = {},
  problem_type: type,
}: EncoderConfig): Without<'contextTokens', EncoderDescription> {
  const names = Object.entries(labels)
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .map(([, name]) => name);
  // One output without alternatives is a grade: a cross-encoder's for a pair of texts.
  if (names.length === 1) return { task: 'rerank' };
  if (names.length === 0) throw new Error('config.json has no id2label');
  return { task: 'classify', labels: names, multiLabel: type === 'multi_label_classification' };
}
