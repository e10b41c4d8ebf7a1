import type { DecoderParameters } from './decoder-parameters.ts';
import type { GgufHeader, GgufTensor } from './gguf-header.ts';

import { ModelImportError } from './model-import-error.ts';

/** The tensors of a decoder by their part in it, present and of the right shape. */
export interface DecoderTensors {
  readonly embedding: GgufTensor;
  /** Undefined when the embedding serves as the head too. */
  readonly head: GgufTensor | undefined;
  readonly outputNorm: GgufTensor;
  /** Divisors of the rotary frequencies, one a pair; undefined is 1 each. */
  readonly ropeFactors: GgufTensor | undefined;
  readonly layers: readonly DecoderLayerTensors[];
}

export interface DecoderLayerTensors {
  readonly attentionNorm: GgufTensor;
  readonly query: GgufTensor;
  readonly key: GgufTensor;
  readonly value: GgufTensor;
  /** What follows is undefined where the architecture has none. */
  readonly queryBias: GgufTensor | undefined;
  readonly keyBias: GgufTensor | undefined;
  readonly valueBias: GgufTensor | undefined;
  readonly queryNorm: GgufTensor | undefined;
  readonly keyNorm: GgufTensor | undefined;
  readonly attentionOutput: GgufTensor;
  readonly attentionPostNorm: GgufTensor | undefined;
  readonly feedForwardNorm: GgufTensor;
  readonly gate: GgufTensor;
  readonly up: GgufTensor;
  readonly down: GgufTensor;
  readonly feedForwardPostNorm: GgufTensor | undefined;
}

export function findDecoderTensors(header: GgufHeader, parameters: DecoderParameters): DecoderTensors {
  const { architecture, width, headSize } = parameters;
  const take = tensorTaker(header);
  const vocabularySize = vocabularySizeOf(header);
  const found: DecoderTensors = {
    embedding: take.required('token_embd.weight', [width, vocabularySize]),
    head: take.optional('output.weight', [width, vocabularySize]),
    outputNorm: take.required('output_norm.weight', [width]),
    ropeFactors: take.optional('rope_freqs.weight', [headSize / 2]),
    layers: layersOf(parameters, header.tensors.size).map((layer) => takeLayer(take, layer, parameters)),
  };
  take.requireNothingLeft(architecture.name);
  return found;
}

interface TensorTaker {
  readonly optional: (name: string, dimensions: readonly number[]) => GgufTensor | undefined;
  readonly required: (name: string, dimensions: readonly number[]) => GgufTensor;
  readonly requireNothingLeft: (architecture: string) => void;
}

function tensorTaker({ tensors }: GgufHeader): TensorTaker {
  const unused = new Set(tensors.keys());

  function optional(name: string, dimensions: readonly number[]): GgufTensor | undefined {
    const tensor = tensors.get(name);
    if (tensor !== undefined) requireDimensions(tensor, dimensions);
    unused.delete(name);
    return tensor;
  }

  return {
    optional,
    required: (name, dimensions) => {
      const tensor = optional(name, dimensions);
      if (tensor !== undefined) return tensor;
      throw new ModelImportError('missing-tensor', `The file does not hold ${name}.`);
    },
    requireNothingLeft: (architecture) => {
      const [first] = unused;
      if (first === undefined) return;
      throw new ModelImportError(
        'unexpected-tensor',
        `${first} has no place in a plain ${architecture} model (${unused.size} such tensors in all).`,
      );
    },
  };
}

function takeLayer(
  { required }: TensorTaker,
  layer: number,
  { architecture, width, headSize, feedForwardWidth, queryHeads, keyValueHeads }: DecoderParameters,
): DecoderLayerTensors {
  const queryWidth = queryHeads * headSize;
  const keyValueWidth = keyValueHeads * headSize;
  const weight = (part: string, ...dimensions: readonly number[]): GgufTensor =>
    required(`blk.${layer}.${part}.weight`, dimensions);
  const bias = (part: string, length: number): GgufTensor | undefined =>
    architecture.biases ? required(`blk.${layer}.${part}.bias`, [length]) : undefined;
  const normIf = (present: boolean, part: string, length: number): GgufTensor | undefined =>
    present ? weight(part, length) : undefined;
  return {
    attentionNorm: weight('attn_norm', width),
    query: weight('attn_q', width, queryWidth),
    key: weight('attn_k', width, keyValueWidth),
    value: weight('attn_v', width, keyValueWidth),
    queryBias: bias('attn_q', queryWidth),
    keyBias: bias('attn_k', keyValueWidth),
    valueBias: bias('attn_v', keyValueWidth),
    queryNorm: normIf(architecture.headNorms, 'attn_q_norm', headSize),
    keyNorm: normIf(architecture.headNorms, 'attn_k_norm', headSize),
    attentionOutput: weight('attn_output', queryWidth, width),
    attentionPostNorm: normIf(architecture.postNorms, 'post_attention_norm', width),
    feedForwardNorm: weight('ffn_norm', width),
    gate: weight('ffn_gate', width, feedForwardWidth),
    up: weight('ffn_up', width, feedForwardWidth),
    down: weight('ffn_down', feedForwardWidth, width),
    feedForwardPostNorm: normIf(architecture.postNorms, 'post_ffw_norm', width),
  };
}

function vocabularySizeOf(header: GgufHeader): number {
  const tokens = header.metadata.get('tokenizer.ggml.tokens');
  if (!Array.isArray(tokens)) {
    throw new ModelImportError('invalid-metadata', 'tokenizer.ggml.tokens is missing or no list.');
  }
  return tokens.length;
}

/** A layer has tensors of its own, so a count above theirs is known to be wrong before the list is built. */
function layersOf({ architecture, layers }: DecoderParameters, tensorCount: number): number[] {
  if (layers > tensorCount) {
    throw new ModelImportError(
      'missing-tensor',
      `${architecture.name}.block_count is ${layers}, but the file holds only ${tensorCount} tensors.`,
    );
  }
  return Array.from({ length: layers }, (_, index) => index);
}

function requireDimensions(tensor: GgufTensor, dimensions: readonly number[]): void {
  const same =
    tensor.dimensions.length === dimensions.length &&
    dimensions.every((dimension, index) => dimension === tensor.dimensions[index]);
  if (!same) {
    throw new ModelImportError(
      'invalid-tensor',
      `${tensor.name} is [${tensor.dimensions.join(', ')}], but the metadata ask for [${dimensions.join(', ')}].`,
    );
  }
}
