import type { GgufEntry } from './gguf-bytes.ts';

/** A small SentencePiece vocabulary as the file of a llama 2 or a gemma has it. `▁` stands for a space. */
const control = ['<s>', '</s>', '<start_of_turn>'];
const bytes = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);
/** Joined by merges; the earlier, the stronger. */
const joined =
  '▁t he ▁a in er on ▁the ll ▁h ello llo ▁he ▁hello or ld ▁w ▁wor ▁world ing an ▁an ▁and ▁▁ ▁▁▁▁ 12 ▁1 fé 東京 。。'.split(
    ' ',
  );
const letters = Array.from('▁etaoinsrhldcumfpgwybvkxjqzETAOINSHW0123456789.,!?\'"-()é東京。語');
/** Cut out of a text before anything is merged. */
const userDefined = ['\n\n', '<tool>', '   '];

const pieces = [
  { type: 2, tokens: ['<unk>'] },
  { type: 3, tokens: control },
  { type: 6, tokens: bytes },
  { type: 4, tokens: userDefined },
  { type: 1, tokens: [...joined, ...letters] },
].flatMap(({ type, tokens }) => tokens.map((token) => ({ type, token })));

export const tinyPieces: readonly string[] = pieces.map(({ token }) => token);

export const tinyPiecesMetadata: Readonly<Record<string, GgufEntry>> = {
  'tokenizer.ggml.model': { type: 'string', value: 'llama' },
  'tokenizer.ggml.pre': { type: 'string', value: 'default' },
  'tokenizer.ggml.tokens': { type: 'strings', value: tinyPieces },
  'tokenizer.ggml.token_type': { type: 'int32s', value: pieces.map(({ type }) => type) },
  // As SentencePiece writes them: the index, negative, from the first piece that can be merged.
  'tokenizer.ggml.scores': {
    type: 'float32s',
    value: pieces.map(({ type }, id) => (type === 1 ? -id : 0)),
  },
};
