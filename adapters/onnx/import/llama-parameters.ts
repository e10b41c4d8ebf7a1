import { z } from 'zod';

import type { GgufMetadata } from './gguf-metadata.ts';

import { invalidMetadata, ModelImportError } from './model-import-error.ts';

/** The shape of a decoder of the llama family. */
export interface LlamaParameters {
  readonly layers: number;
  /** Size of a token's vector between layers. */
  readonly width: number;
  readonly feedForwardWidth: number;
  readonly queryHeads: number;
  /** Each serves `queryHeads / keyValueHeads` query heads. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly contextTokens: number;
  readonly normEpsilon: number;
  /** Angles of the rotary embedding: position / divisor / base ^ (2i / headSize). */
  readonly ropeBase: number;
  readonly ropePositionDivisor: number;
  /** Factor on the products of queries and keys. */
  readonly attentionScale: number;
}

const count = z.int().positive();
/** Present as zero means the same as absent. */
const zeroOrAbsent = z.literal(0).optional();

const metadataSchema = z.object({
  'llama.block_count': count,
  'llama.context_length': count,
  'llama.embedding_length': count,
  'llama.feed_forward_length': count,
  'llama.attention.head_count': count,
  'llama.attention.head_count_kv': count.optional(),
  'llama.attention.key_length': count.optional(),
  'llama.attention.value_length': count.optional(),
  'llama.attention.scale': z.number().nonnegative().optional(),
  'llama.attention.layer_norm_rms_epsilon': z.number().positive(),
  'llama.rope.freq_base': z.number().positive().default(10_000),
  'llama.rope.dimension_count': count.optional(),
  'llama.rope.scaling.type': z.string().default('none'),
  'llama.rope.scaling.factor': z.number().positive().optional(),
  'llama.rope.scale_linear': z.number().positive().optional(),
});

/** Features of the family that would need another graph. */
const refusedSchema = z.object({
  'llama.expert_count': zeroOrAbsent,
  'llama.attention.sliding_window': zeroOrAbsent,
  'llama.attention.clamp_kqv': zeroOrAbsent,
  'llama.attention.causal': z.literal(true).optional(),
  'split.count': z.union([z.literal(0), z.literal(1)]).optional(),
});

export function readLlamaParameters(metadata: GgufMetadata): LlamaParameters {
  requireLlama(metadata);
  const values = readValues(metadata);
  const queryHeads = values['llama.attention.head_count'];
  const keyValueHeads = values['llama.attention.head_count_kv'] ?? queryHeads;
  const width = values['llama.embedding_length'];
  const headSize = values['llama.attention.key_length'] ?? width / queryHeads;
  requireMultiple('llama.attention.head_count', queryHeads, keyValueHeads);
  requireMultiple('The size of an attention head', headSize, 2);
  requireSameHeadSize(headSize, {
    'llama.attention.value_length': values['llama.attention.value_length'] ?? width / queryHeads,
    'llama.rope.dimension_count': values['llama.rope.dimension_count'] ?? headSize,
  });
  return {
    layers: values['llama.block_count'],
    width,
    feedForwardWidth: values['llama.feed_forward_length'],
    queryHeads,
    keyValueHeads,
    headSize,
    contextTokens: values['llama.context_length'],
    normEpsilon: values['llama.attention.layer_norm_rms_epsilon'],
    ropeBase: values['llama.rope.freq_base'],
    ropePositionDivisor: ropePositionDivisor(values),
    // 0 stands for the usual scale, as llama.cpp reads it.
    attentionScale: values['llama.attention.scale'] || 1 / Math.sqrt(headSize),
  };
}

function requireLlama(metadata: GgufMetadata): void {
  const architecture = metadata.get('general.architecture');
  if (architecture !== 'llama') {
    const found = architecture === undefined ? 'not named' : `'${String(architecture)}'`;
    throw new ModelImportError(
      'unsupported-architecture',
      `The model's architecture is ${found}; only 'llama' is imported.`,
    );
  }
}

function readValues(metadata: GgufMetadata): z.infer<typeof metadataSchema> {
  const entries: unknown = Object.fromEntries(metadata);
  const refused = refusedSchema.safeParse(entries);
  if (!refused.success) {
    const key = refused.error.issues[0]?.path.join('.') ?? 'unknown';
    throw new ModelImportError(
      'unsupported-feature',
      `${key} is ${String(metadata.get(key))}; models that need it are not imported.`,
    );
  }
  const values = metadataSchema.safeParse(entries);
  if (!values.success) throw invalidMetadata(values.error);
  return values.data;
}

function ropePositionDivisor(values: z.infer<typeof metadataSchema>): number {
  const type = values['llama.rope.scaling.type'];
  const factor = values['llama.rope.scaling.factor'] ?? values['llama.rope.scale_linear'] ?? 1;
  switch (type) {
    case 'none':
      return values['llama.rope.scale_linear'] ?? 1;
    case 'linear':
      return factor;
    default:
      throw new ModelImportError(
        'unsupported-feature',
        `llama.rope.scaling.type is '${type}'; 'none' and 'linear' are imported.`,
      );
  }
}

function requireMultiple(what: string, value: number, divisor: number): void {
  if (value % divisor !== 0) {
    throw new ModelImportError('invalid-metadata', `${what} is ${value}, not a multiple of ${divisor}.`);
  }
}

function requireSameHeadSize(headSize: number, others: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(others)) {
    if (value !== headSize) {
      throw new ModelImportError(
        'unsupported-feature',
        `${key} is ${value}, but a head's keys have ${headSize}; only equal sizes are imported.`,
      );
    }
  }
}
