import { longestTokenOf, readTokenizerFiles, type Tokenizer } from '../tokenizer-files.ts';
import type { EncoderText } from './encoder-request.ts';
import { fitted } from './fit-context.ts';

/** A text in tokens, with the special ones of its model around it. */
export interface TokenizedText {
  readonly tokens: readonly number[];
  /** 0 for the first text of a pair, 1 for the second, in models that tell them apart. */
  readonly types: readonly number[];
  readonly truncated: boolean;
}

export interface TextTokenizer {
  readonly padToken: number;
  /** Too long a text loses its end; of too long a pair the longer text does, until both are of one length. */
  tokenize(text: EncoderText): TokenizedText;
}

/** A word that a cut has shortened may become other tokens, at most this many: longer ones are one unknown token to WordPiece. */
const tokensNearCut = 128;

/** How many times the usual number of characters are looked at, of a text that is mostly spaces or one endless word. */
const mostStretch = 64;

/** Reads the tokenizer of a model folder, given by its absolute path. Throws `LoadFailure` for what is wrong with the files. */
export async function openTextTokenizer(directory: string, contextTokens: number): Promise<TextTokenizer> {
  const { tokenizer, specialTokens } = await readTokenizerFiles(directory);
  const usualCharacters = contextTokens * longestTokenOf(tokenizer);

  /** As much of a text as fills the context, so that megabytes are mostly not looked at; spaces and unknown words may take more. */
  function beginningOf(text: string): string {
    for (let stretch = 1; stretch * usualCharacters < text.length; stretch *= 4) {
      const beginning = text.slice(0, stretch * usualCharacters);
      const enough = plain(tokenizer, beginning).length >= contextTokens + tokensNearCut;
      if (enough || stretch === mostStretch) return beginning;
    }
    return text;
  }

  return {
    padToken: tokenizer.token_to_id(specialTokens['pad_token'] ?? '') ?? 0,
    tokenize(given) {
      const whole = typeof given === 'string' ? [given] : given;
      const texts = whole.map(beginningOf);
      const framed = withSpecialTokens(tokenizer, texts);
      const cut = texts.some((text, index) => text.length < (whole[index]?.length ?? 0));
      if (framed.tokens.length <= contextTokens) return { ...framed, truncated: cut };
      const parts = texts.map((text) => plain(tokenizer, text));
      return { ...fitted(framed, parts, contextTokens), truncated: true };
    },
  };
}

function plain(tokenizer: Tokenizer, text: string): readonly number[] {
  return tokenizer.encode(text, { add_special_tokens: false }).ids;
}

function withSpecialTokens(
  tokenizer: Tokenizer,
  [text = '', pair]: readonly string[],
): { readonly tokens: readonly number[]; readonly types: readonly number[] } {
  const { ids, token_type_ids: types } = tokenizer.encode(text, {
    text_pair: pair ?? null,
    add_special_tokens: true,
    return_token_type_ids: true,
  });
  return { tokens: ids, types: types ?? ids.map(() => 0) };
}
