import { z } from 'zod';

import type { Architecture } from './architectures.ts';
import type { GgufMetadata, GgufValue } from './gguf-metadata.ts';

import { architectures } from './architectures.ts';
import { invalidMetadata, ModelImportError } from './model-import-error.ts';

/** The shape of a decoder, whatever its architecture. */
export interface DecoderParameters {
  readonly architecture: Architecture;
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
  readonly rotary: RotaryParameters;
  /** Undefined where every layer sees all tokens. */
  readonly slidingWindow: SlidingWindow | undefined;
  /** Factor on the products of queries and keys. */
  readonly attentionScale: number;
  /** Undefined where the products stay as they are. */
  readonly attentionSoftcap: number | undefined;
  readonly logitSoftcap: number | undefined;
}

/** Angles of the rotary embedding: position / positionDivisor / base ^ (2i / headSize). */
export interface RotaryParameters {
  readonly base: number;
  readonly positionDivisor: number;
}

export interface SlidingWindow {
  /** A token sees so many, itself included. */
  readonly tokens: number;
  /** Of the layers with a window. */
  readonly rotary: RotaryParameters;
  readonly covers: (layer: number) => boolean;
}

const count = z.int().positive();
const softcap = z.number().nonnegative();

/** Keys after the architecture's prefix. */
const metadataSchema = z.object({
  block_count: count,
  context_length: count,
  embedding_length: count,
  feed_forward_length: count,
  'attention.head_count': count,
  'attention.head_count_kv': count.optional(),
  'attention.key_length': count.optional(),
  'attention.value_length': count.optional(),
  'attention.scale': z.number().nonnegative().optional(),
  'attention.layer_norm_rms_epsilon': z.number().positive(),
  'attention.sliding_window': z.int().nonnegative().optional(),
  'attention.sliding_window_pattern': z.union([count, z.array(z.boolean())]).optional(),
  attn_logit_softcapping: softcap.optional(),
  final_logit_softcapping: softcap.optional(),
  'rope.freq_base': z.number().positive().default(10_000),
  'rope.freq_base_swa': z.number().positive().optional(),
  'rope.dimension_count': count.optional(),
  'rope.scaling.type': z.string().default('none'),
  'rope.scaling.factor': z.number().positive().optional(),
  'rope.scale_linear': z.number().positive().optional(),
});

type MetadataValues = z.infer<typeof metadataSchema>;

export function readDecoderParameters(metadata: GgufMetadata): DecoderParameters {
  const architecture = architectureOf(metadata);
  const own = ownMetadata(metadata, architecture);
  refuseOtherGraphs(metadata, own, architecture);
  const parsed = metadataSchema.safeParse(Object.fromEntries(own));
  if (!parsed.success) throw invalidMetadata(parsed.error, `${architecture.name}.`);
  const values = parsed.data;
  const queryHeads = values['attention.head_count'];
  const keyValueHeads = values['attention.head_count_kv'] ?? queryHeads;
  const headSize = headSizeOf(values, architecture);
  requireMultiple(`${architecture.name}.attention.head_count`, queryHeads, keyValueHeads);
  return {
    architecture,
    layers: values.block_count,
    width: values.embedding_length,
    feedForwardWidth: values.feed_forward_length,
    queryHeads,
    keyValueHeads,
    headSize,
    contextTokens: values.context_length,
    normEpsilon: values['attention.layer_norm_rms_epsilon'],
    rotary: {
      base: values['rope.freq_base'],
      positionDivisor: ropePositionDivisor(values, architecture),
    },
    slidingWindow: slidingWindowOf(values, architecture),
    // 0 stands for the usual scale, as llama.cpp reads it.
    attentionScale: values['attention.scale'] || usualAttentionScale(values, { architecture, headSize }),
    attentionSoftcap: capOf(values.attn_logit_softcapping, architecture.attentionSoftcap),
    logitSoftcap: capOf(values.final_logit_softcapping, architecture.logitSoftcap),
  };
}

function architectureOf(metadata: GgufMetadata): Architecture {
  const name = metadata.get('general.architecture');
  const architecture = architectures.find((known) => known.name === name);
  if (architecture !== undefined) return architecture;
  const found = name === undefined ? 'not named' : `'${String(name)}'`;
  throw new ModelImportError(
    'unsupported-architecture',
    `The model's architecture is ${found}; imported are ${architectures.map((known) => known.name).join(', ')}.`,
  );
}

function ownMetadata(metadata: GgufMetadata, { name }: Architecture): Map<string, GgufValue> {
  const prefix = `${name}.`;
  const own = metadata.entries().filter(([key]) => key.startsWith(prefix));
  return new Map(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** Features that would need another graph. Present as zero means the same as absent. */
function refuseOtherGraphs(
  metadata: GgufMetadata,
  own: ReadonlyMap<string, GgufValue>,
  { name, slidingWindow, attentionSoftcap, logitSoftcap }: Architecture,
): void {
  const needsOtherGraph = (key: string, harmless: readonly GgufValue[]): void => {
    const value = own.get(key);
    if (value === undefined || harmless.includes(value)) return;
    throw unsupported(`${name}.${key} is ${String(value)}; models that need it are not imported.`);
  };
  needsOtherGraph('expert_count', [0]);
  needsOtherGraph('attention.clamp_kqv', [0]);
  needsOtherGraph('attention.causal', [true]);
  if (slidingWindow === undefined) needsOtherGraph('attention.sliding_window', [0]);
  if (attentionSoftcap === undefined) needsOtherGraph('attn_logit_softcapping', [0]);
  if (logitSoftcap === undefined) needsOtherGraph('final_logit_softcapping', [0]);
  const parts = metadata.get('split.count') ?? 1;
  if (parts !== 0 && parts !== 1) {
    throw unsupported(`split.count is ${String(parts)}; models that need it are not imported.`);
  }
}

function headSizeOf(values: MetadataValues, { name }: Architecture): number {
  const byWidth = values.embedding_length / values['attention.head_count'];
  const headSize = values['attention.key_length'] ?? byWidth;
  requireMultiple('The size of an attention head', headSize, 2);
  const others = {
    'attention.value_length': values['attention.value_length'] ?? byWidth,
    'rope.dimension_count': values['rope.dimension_count'] ?? headSize,
  };
  for (const [key, value] of Object.entries(others)) {
    if (value === headSize) continue;
    throw unsupported(
      `${name}.${key} is ${value}, but a head's keys have ${headSize}; only equal sizes are imported.`,
    );
  }
  return headSize;
}

function ropePositionDivisor(values: MetadataValues, { name }: Architecture): number {
  const type = values['rope.scaling.type'];
  switch (type) {
    case 'none':
      return values['rope.scale_linear'] ?? 1;
    case 'linear':
      return values['rope.scaling.factor'] ?? values['rope.scale_linear'] ?? 1;
    default:
      throw unsupported(`${name}.rope.scaling.type is '${type}'; 'none' and 'linear' are imported.`);
  }
}

function slidingWindowOf(values: MetadataValues, architecture: Architecture): SlidingWindow | undefined {
  const usual = architecture.slidingWindow;
  const tokens = values['attention.sliding_window'] ?? usual?.tokens ?? 0;
  if (usual === undefined || tokens === 0) return undefined;
  const base = values['rope.freq_base_swa'] ?? usual.ropeBase;
  return {
    tokens,
    rotary: {
      base: base ?? values['rope.freq_base'],
      // A base of its own comes without the scaling that stretches the other layers over a longer context.
      positionDivisor: usual.ropeBase === undefined ? ropePositionDivisor(values, architecture) : 1,
    },
    covers: windowedLayers(values, { architecture, period: usual.period }),
  };
}

function windowedLayers(
  values: MetadataValues,
  { architecture, period: usualPeriod }: { readonly architecture: Architecture; readonly period: number },
): (layer: number) => boolean {
  const pattern = values['attention.sliding_window_pattern'] ?? usualPeriod;
  if (typeof pattern === 'number') return (layer) => layer % pattern < pattern - 1;
  if (pattern.length === values.block_count) return (layer) => pattern[layer] === true;
  throw new ModelImportError(
    'invalid-metadata',
    `${architecture.name}.attention.sliding_window_pattern speaks of ${pattern.length} layers, but there are ${values.block_count}.`,
  );
}

function usualAttentionScale(
  values: MetadataValues,
  { architecture, headSize }: { readonly architecture: Architecture; readonly headSize: number },
): number {
  return architecture.layersScaledByWidth === values.block_count
    ? 1 / Math.sqrt(values.embedding_length / values['attention.head_count'])
    : 1 / Math.sqrt(headSize);
}

function capOf(value: number | undefined, usual: number | undefined): number | undefined {
  const cap = value ?? usual ?? 0;
  return cap === 0 ? undefined : cap;
}

function requireMultiple(what: string, value: number, divisor: number): void {
  if (value % divisor !== 0) {
    throw new ModelImportError('invalid-metadata', `${what} is ${value}, not a multiple of ${divisor}.`);
  }
}

function unsupported(message: string): ModelImportError {
  return new ModelImportError('unsupported-feature', message);
}
