import type { GgufHeader, GgufTensor } from './gguf-header.ts';
import type { LlamaParameters } from './llama-parameters.ts';

import { ModelImportError } from './model-import-error.ts';

/** The tensors of a llama model by their part in it, present and of the right shape. */
export interface LlamaTensors {
  readonly embedding: GgufTensor;
  /** Undefined when the embedding serves as the head too. */
  readonly head: GgufTensor | undefined;
  readonly outputNorm: GgufTensor;
  /** Divisors of the rotary frequencies, one a pair; undefined is 1 each. */
  readonly ropeFactors: GgufTensor | undefined;
  readonly layers: readonly LlamaLayerTensors[];
}

export interface LlamaLayerTensors {
  readonly attentionNorm: GgufTensor;
  readonly query: GgufTensor;
  readonly key: GgufTensor;
  readonly value: GgufTensor;
  readonly attentionOutput: GgufTensor;
  readonly feedForwardNorm: GgufTensor;
  readonly gate: GgufTensor;
  readonly up: GgufTensor;
  readonly down: GgufTensor;
}

export function findLlamaTensors(header: GgufHeader, parameters: LlamaParameters): LlamaTensors {
  const { width, headSize, feedForwardWidth } = parameters;
  const queryWidth = parameters.queryHeads * headSize;
  const keyValueWidth = parameters.keyValueHeads * headSize;
  const unused = new Set(header.tensors.keys());

  function optional(name: string, dimensions: readonly number[]): GgufTensor | undefined {
    const tensor = header.tensors.get(name);
    if (tensor !== undefined) requireDimensions(tensor, dimensions);
    unused.delete(name);
    return tensor;
  }

  function required(name: string, dimensions: readonly number[]): GgufTensor {
    const tensor = optional(name, dimensions);
    if (tensor === undefined) throw new ModelImportError('missing-tensor', `The file does not hold ${name}.`);
    return tensor;
  }

  function layer(index: number): LlamaLayerTensors {
    const prefix = `blk.${index}`;
    return {
      attentionNorm: required(`${prefix}.attn_norm.weight`, [width]),
      query: required(`${prefix}.attn_q.weight`, [width, queryWidth]),
      key: required(`${prefix}.attn_k.weight`, [width, keyValueWidth]),
      value: required(`${prefix}.attn_v.weight`, [width, keyValueWidth]),
      attentionOutput: required(`${prefix}.attn_output.weight`, [queryWidth, width]),
      feedForwardNorm: required(`${prefix}.ffn_norm.weight`, [width]),
      gate: required(`${prefix}.ffn_gate.weight`, [width, feedForwardWidth]),
      up: required(`${prefix}.ffn_up.weight`, [width, feedForwardWidth]),
      down: required(`${prefix}.ffn_down.weight`, [feedForwardWidth, width]),
    };
  }

  const vocabularySize = vocabularySizeOf(header);
  const found: LlamaTensors = {
    embedding: required('token_embd.weight', [width, vocabularySize]),
    head: optional('output.weight', [width, vocabularySize]),
    outputNorm: required('output_norm.weight', [width]),
    ropeFactors: optional('rope_freqs.weight', [headSize / 2]),
    layers: layersOf(parameters.layers, header.tensors.size).map(layer),
  };
  requireNothingLeft(unused);
  return found;
}

export function vocabularySizeOf(header: GgufHeader): number {
  const tokens = header.metadata.get('tokenizer.ggml.tokens');
  if (!Array.isArray(tokens)) {
    throw new ModelImportError('invalid-metadata', 'tokenizer.ggml.tokens is missing or no list.');
  }
  return tokens.length;
}

/** A layer has tensors of its own, so a count above theirs is known to be wrong before the list is built. */
function layersOf(count: number, tensorCount: number): number[] {
  if (count > tensorCount) {
    throw new ModelImportError(
      'missing-tensor',
      `llama.block_count is ${count}, but the file holds only ${tensorCount} tensors.`,
    );
  }
  return Array.from({ length: count }, (_, index) => index);
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

function requireNothingLeft(unused: ReadonlySet<string>): void {
  const [first] = unused;
  if (first !== undefined) {
    throw new ModelImportError(
      'unexpected-tensor',
      `${first} has no place in a plain llama model (${unused.size} such tensors in all).`,
    );
  }
}
