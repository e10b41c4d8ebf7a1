import type { LlamaParameters } from './llama-parameters.ts';
import type { TokenizerMetadata } from './tokenizer-metadata.ts';

/** The content of `config.json`. */
export function configJson(
  parameters: LlamaParameters,
  tokenizer: TokenizerMetadata,
  { tied }: { readonly tied: boolean },
): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: tokenizer.tokens.length,
    hidden_size: parameters.width,
    intermediate_size: parameters.feedForwardWidth,
    num_hidden_layers: parameters.layers,
    num_attention_heads: parameters.queryHeads,
    num_key_value_heads: parameters.keyValueHeads,
    head_dim: parameters.headSize,
    max_position_embeddings: parameters.contextTokens,
    rms_norm_eps: parameters.normEpsilon,
    rope_theta: parameters.ropeBase,
    hidden_act: 'silu',
    tie_word_embeddings: tied,
    bos_token_id: tokenizer.bos,
    eos_token_id: tokenizer.eos,
    pad_token_id: tokenizer.padding ?? tokenizer.eos,
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
