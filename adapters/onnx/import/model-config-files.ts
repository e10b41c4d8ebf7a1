import type { DecoderParameters } from './decoder-parameters.ts';
import type { TokenizerMetadata } from './tokenizer-metadata.ts';

/** The content of `config.json`, in the words of transformers. */
export function configJson(
  parameters: DecoderParameters,
  tokenizer: TokenizerMetadata,
  { tied }: { readonly tied: boolean },
): object {
  const { architecture, rotary } = parameters;
  const activation = architecture.activation === 'silu' ? 'silu' : 'gelu_pytorch_tanh';
  return {
    architectures: [architecture.transformers.className],
    model_type: architecture.transformers.modelType,
    vocab_size: tokenizer.tokens.length,
    hidden_size: parameters.width,
    intermediate_size: parameters.feedForwardWidth,
    num_hidden_layers: parameters.layers,
    num_attention_heads: parameters.queryHeads,
    num_key_value_heads: parameters.keyValueHeads,
    head_dim: parameters.headSize,
    max_position_embeddings: parameters.contextTokens,
    rms_norm_eps: parameters.normEpsilon,
    rope_theta: rotary.base,
    ...(rotary.positionDivisor !== 1 && {
      rope_scaling: { rope_type: 'linear', factor: rotary.positionDivisor },
    }),
    hidden_act: activation,
    hidden_activation: activation,
    attention_bias: architecture.biases,
    query_pre_attn_scalar: parameters.attentionScale ** -2,
    attn_logit_softcapping: parameters.attentionSoftcap ?? null,
    final_logit_softcapping: parameters.logitSoftcap ?? null,
    ...slidingWindowConfig(parameters),
    tie_word_embeddings: tied,
    bos_token_id: tokenizer.bos,
    eos_token_id: tokenizer.eos,
    pad_token_id: tokenizer.padding ?? tokenizer.eos,
  };
}

function slidingWindowConfig({ slidingWindow, layers }: DecoderParameters): object {
  if (slidingWindow === undefined) return {};
  return {
    sliding_window: slidingWindow.tokens,
    layer_types: Array.from({ length: layers }, (_, layer) =>
      slidingWindow.covers(layer) ? 'sliding_attention' : 'full_attention',
    ),
    rope_local_base_freq: slidingWindow.rotary.base,
  };
}

/** The content of `generation_config.json`. */
export function generationConfigJson(tokenizer: TokenizerMetadata): object {
  return {
    bos_token_id: tokenizer.bos,
    eos_token_id: tokenizer.endOfAnswer,
    pad_token_id: tokenizer.padding ?? tokenizer.eos,
  };
}
