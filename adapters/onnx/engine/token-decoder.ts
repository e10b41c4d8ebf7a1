import { readTokenizerFiles } from '../tokenizer-files.ts';

/** Text of the tokens, without control tokens. */
export type TokenDecoder = (tokens: number[]) => string;

/** Reads what it takes to turn tokens of a model folder, given by its absolute path, into text. */
export async function openTokenDecoder(directory: string): Promise<TokenDecoder> {
  const { tokenizer } = await readTokenizerFiles(directory, { merges: false });
  return (tokens) =>
    tokenizer.decode(tokens, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
}
