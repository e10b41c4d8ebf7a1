/** How the texts of tokens are written in `tokenizer.json`. */
export type VocabularyType = 'byte_level' | 'byte_fallback' | 'raw';

/**
 * The bytes that a token stands for in the middle of an answer, a character each: so half a character has a text too, and all that JSON
 * is made of looks as usual.
 */
export type ByteText = string;

export function bytesOf(text: string): ByteText {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Characters of a text: the bytes that begin one. */
export function countCharacters(bytes: ByteText): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index++)
    if ((bytes.charCodeAt(index) & 0xc0) !== 0x80) count += 1;
  return count;
}

/** What no UTF-8 text holds: bytes that are none of it, and beginnings of halves of pairs and of needlessly long or large characters. */
// oxlint-disable-next-line no-control-regex -- bytes are what is looked for
const malformed = /[\xc0\xc1\xf5-\xff]|\xe0[\x80-\x9f]|\xed[\xa0-\xbf]|\xf0[\x80-\x8f]|\xf4[\x90-\xbf]/;

/** Whether the bytes cannot stand in a text, whatever follows. Bytes that go on with a character may come first. */
export function isMalformed(bytes: ByteText): boolean {
  return malformed.test(bytes);
}

/** Bytes after which not every byte that goes on with a character may come. */
export const pickyBytes: readonly ByteText[] = ['\xe0', '\xed', '\xf0', '\xf4'];

/** Reads the texts of tokens as the tokenizers of GPT-2 (`byte_level`) and SentencePiece (`byte_fallback`) write them. */
export function tokenText(token: string, type: VocabularyType): ByteText {
  switch (type) {
    case 'raw':
      return bytesOf(token);
    case 'byte_fallback':
      return /^<0x[0-9A-F]{2}>$/.test(token)
        ? String.fromCharCode(Number.parseInt(token.slice(3, 5), 16))
        : bytesOf(token.replaceAll('▁', ' '));
    case 'byte_level': {
      const bytes = Array.from(token, (character) => byteOfCharacter.get(character));
      // An added token stands there as it is.
      return bytes.includes(undefined) ? bytesOf(token) : bytes.join('');
    }
  }
}

function isShown(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

/** GPT-2 writes bytes that show nothing as characters from U+0100 on, in their order. */
const byteOfCharacter: ReadonlyMap<string, ByteText> = new Map(
  Array.from({ length: 256 }, (_, byte) => byte).map((byte, _index, all) => {
    const hiddenBefore = all.slice(0, byte).filter((some) => !isShown(some)).length;
    return [String.fromCodePoint(isShown(byte) ? byte : 0x100 + hiddenBefore), String.fromCharCode(byte)];
  }),
);

/** How a token is written that stands for these bytes. */
export function writtenToken(bytes: ByteText, type: VocabularyType): string {
  if (type !== 'byte_level') return bytes;
  return Array.from(bytes, (byte) => characterOfByte.get(byte) ?? '').join('');
}

const characterOfByte: ReadonlyMap<ByteText, string> = new Map(
  Array.from(byteOfCharacter, ([character, byte]) => [byte, character]),
);
