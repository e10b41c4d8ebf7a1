import { longestTokenOf, readTokenizerFiles, type Tokenizer } from '../tokenizer-files.ts';
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
  const { tokenizer, specialTokens } = await readTokenizerFiles(directory);
  const padding = specialTokens['pad_token'] ?? specialTokens['eos_token'];
  // No token is longer, so a text cut here has its context full, and megabytes are never looked at.
  const mostCharacters = contextTokens * longestTokenOf(tokenizer);
  const clip = (text: string): string => text.slice(0, mostCharacters);

  return {
    padToken: tokenizer.token_to_id(padding ?? '') ?? 0,
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

function encode(tokenizer: Tokenizer, text: string, pair: string | null): Encoded {
  const { ids, token_type_ids: types } = tokenizer.encode(text, {
    text_pair: pair,
    add_special_tokens: true,
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
