import { z } from 'zod';
import type { EncoderManifest } from './model-folder.ts';

export type EncoderDescription = EncoderManifest['encoder'];

const count = z.int().positive();

export const poolingFile = '1_Pooling/config.json';
export const modulesFile = 'modules.json';
export const sentenceFile = 'sentence_bert_config.json';

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

/** `1_Pooling/config.json` of sentence-transformers; its fields `pooling_mode_*` switch on one pooling each. */
export const poolingConfigSchema = z.looseObject({});

/** `modules.json` of sentence-transformers: the steps from a text to its vector, named by their Python classes. */
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
    /^(Bert|DistilBert|ModernBert|Albert|Roberta|XLMRoberta|Camembert|MPNet|Electra|Deberta)/.test(name),
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
  return /roberta|camembert|mpnet/.test(type) ? positionCount - (pad ?? 1) - 1 : positionCount;
}

type Without<Key extends string, Union> = Union extends unknown ? Omit<Union, Key> : never;

function embedding({ config, pooling, modules }: EncoderFiles): Without<'contextTokens', EncoderDescription> {
  const dimensions = config.hidden_size ?? config.dim;
  if (dimensions === undefined) throw new Error('config.json has no hidden_size');
  const steps = modules?.map(({ type }) => type.slice(type.lastIndexOf('.') + 1));
  checkSteps(steps, pooling);
  return {
    task: 'embed',
    dimensions,
    pooling: poolingOf(pooling),
    // Without a word on it vectors are brought to length 1: what they are compared by, the cosine, stays the same.
    normalize: steps === undefined || steps.includes('Normalize'),
  };
}

const servedSteps = ['Transformer', 'Pooling', 'Normalize'];

/** Vectors that lack a step, such as a dense layer, would be quietly wrong. */
function checkSteps(steps: readonly string[] | undefined, pooling: EncoderFiles['pooling']): void {
  const other = steps?.find((step) => !servedSteps.includes(step));
  if (other !== undefined) {
    throw new Error(
      `${modulesFile} has a ${other} module, and only ${inWords(servedSteps, 'and')} are served`,
    );
  }
  if (steps?.includes('Pooling') === true && pooling === undefined) {
    throw new Error(`${modulesFile} has a Pooling module, and its ${poolingFile} is missing`);
  }
}

const poolings = new Map([
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_lasttoken', 'last'],
] as const);

/** Sentence-transformers takes the mean where a folder says nothing. */
function poolingOf(config: EncoderFiles['pooling']): 'mean' | 'cls' | 'last' {
  if (config === undefined) return 'mean';
  const modes = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const served = [...poolings].find(([mode]) => modes.includes(mode));
  if (served !== undefined && modes.length === 1) return served[1];
  const found = modes.length === 0 ? 'no pooling' : inWords(modes, 'and');
  throw new Error(
    `${poolingFile} asks for ${found}, and only one of ${inWords([...poolings.keys()], 'or')} is served`,
  );
}

function inWords(names: readonly string[], last: 'and' | 'or'): string {
  const leading = names.slice(0, -1).join(', ');
  return leading === '' ? (names[0] ?? '') : `${leading} ${last} ${names.at(-1)}`;
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
