import { readTokenizerFiles, type Tokenizer } from '../tokenizer-files.ts';
import type { Vocabulary } from './grammar/vocabulary.ts';

/** What it takes to turn tokens into text. */
export interface TokenDecoder {
  /** Text of the tokens, without control tokens. */
  readonly decode: (tokens: number[]) => string;
  /** The texts of the tokens as the tokenizer writes them, by id, and how it writes them. */
  readonly vocabulary: () => Pick<Vocabulary, 'tokens' | 'type'>;
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

function vocabularyOf(tokenizer: Tokenizer): Pick<Vocabulary, 'tokens' | 'type'> {
  const tokens: string[] = [];
  let marked = false;
  let bytes = false;
  for (const [text, token] of tokenizer.get_vocab()) {
    tokens[token] = text;
    if (text === '<0x0A>') bytes = true;
    if (text.startsWith('Ġ')) marked = true;
  }
  const filled = Array.from(tokens, (text: string | undefined) => text ?? '');
  if (bytes) return { tokens: filled, type: 'byte_fallback' };
  return { tokens: filled, type: marked ? 'byte_level' : 'raw' };
}
