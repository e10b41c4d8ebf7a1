import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { LoadFailure } from '../load-failure.ts';
import type { EncoderText } from './encoder-request.ts';

/** A text in tokens, with the special ones of its model around it. */
export interface TokenizedText {
  readonly tokens: readonly number[];
  /** 0 for the first text of a pair, 1 for the second. */
  readonly types: readonly number[];
  readonly truncated: boolean;
}

export interface TextTokenizer {
  readonly padToken: number;
  tokenize(text: EncoderText): TokenizedText;
}

/** Reads the tokenizer of a model folder, given by its absolute path. Never goes online. Longer texts lose their end. */
export async function openTextTokenizer(directory: string, contextTokens: number): Promise<TextTokenizer> {
  const tokenizer = await readTokenizer(directory);
  const longestToken = Math.max(...Array.from(tokenizer.get_vocab().keys(), ({ length }) => length));
  // No token is longer, so a text cut here has its context full, and megabytes are never looked at.
  const mostCharacters = contextTokens * longestToken;
  const clip = (text: string): string => text.slice(0, mostCharacters);

  return {
    padToken: tokenizer.pad_token_id ?? 0,
    tokenize(given) {
      const [text, pair = null] = typeof given === 'string' ? [given] : given;
      const { ids, types } = encode(tokenizer, clip(text), pair === null ? null : clip(pair));
      if (ids.length <= contextTokens) return { tokens: ids, types, truncated: false };
      return { ...shortened({ ids, types }, contextTokens), truncated: true };
    },
  };
}

interface Encoded {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

function encode(tokenizer: PreTrainedTokenizer, text: string, pair: string | null): Encoded {
  const { input_ids: ids, token_type_ids: types } = tokenizer(text, {
    text_pair: pair,
    add_special_tokens: true,
    return_tensor: false,
    return_token_type_ids: true,
  });
  return { ids, types: types ?? ids.map(() => 0) };
}

/** The last token closes the text, also where its end is lost. */
function shortened({ ids, types }: Encoded, contextTokens: number): { tokens: number[]; types: number[] } {
  const end = ids.at(-1) ?? 0;
  const endType = types.at(-1) ?? 0;
  return {
    tokens: [...ids.slice(0, contextTokens - 1), end],
    types: [...types.slice(0, contextTokens - 1), endType],
  };
}

async function readTokenizer(directory: string): Promise<PreTrainedTokenizer> {
  const { AutoTokenizer, LogLevel, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.logLevel = LogLevel.NONE;
  try {
    return await AutoTokenizer.from_pretrained(directory, { local_files_only: true });
  } catch (cause) {
    throw new LoadFailure(
      'The tokenizer cannot be loaded: tokenizer.json or tokenizer_config.json is missing, damaged or of an unknown kind. ' +
        'Remove the model folder so that it is fetched again.',
      { cause },
    );
  }
}
