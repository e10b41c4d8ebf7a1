import { readTokenizerFiles, type Tokenizer } from '../tokenizer-files.ts';
import type { VocabularyType } from './grammar/token-texts.ts';
import type { VocabularySource } from './grammar/vocabulary.ts';

/** What it takes to turn tokens into text. */
export interface TokenDecoder {
  /** Text of the tokens, without control tokens. */
  readonly decode: (tokens: number[]) => string;
  /** The texts of the tokens as the tokenizer writes them, by id, and how it writes them. */
  readonly vocabulary: () => Pick<VocabularySource, 'tokens' | 'type'>;
  /** Ids below this are all tokens that are no control tokens; of those a tokenizer may have more than its model has learnt. */
  readonly ordinaryTokens: number;
}

/** Reads the tokenizer of a model folder, given by its absolute path. */
export async function openTokenDecoder(directory: string): Promise<TokenDecoder> {
  const { tokenizer } = await readTokenizerFiles(directory, { merges: false });
  return {
    decode: (tokens) =>
      tokenizer.decode(tokens, { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    vocabulary: () => vocabularyOf(tokenizer),
    ordinaryTokens: countOrdinary(tokenizer),
  };
}

function countOrdinary(tokenizer: Tokenizer): number {
  const added = tokenizer.get_added_tokens_decoder();
  let count = 0;
  for (const token of tokenizer.get_vocab().values()) {
    if (token >= count && !added.has(token)) count = token + 1;
  }
  return count;
}

function vocabularyOf(tokenizer: Tokenizer): Pick<VocabularySource, 'tokens' | 'type'> {
  const tokens: string[] = [];
  for (const [text, token] of tokenizer.get_vocab()) tokens[token] = text;
  const type = vocabularyType(tokenizer);
  // Control tokens have no text in an answer.
  for (const [token, { special }] of tokenizer.get_added_tokens_decoder()) if (special) tokens[token] = '';
  return { tokens: Array.from(tokens, (text: string | undefined) => text ?? ''), type };
}

function vocabularyType(tokenizer: Tokenizer): VocabularyType {
  if (tokenizer.token_to_id('<0x0A>') !== undefined) return 'byte_fallback';
  return tokenizer.token_to_id('Ġ') === undefined ? 'raw' : 'byte_level';
}
