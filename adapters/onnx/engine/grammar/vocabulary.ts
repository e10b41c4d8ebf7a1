import { addToken, emptyTokenBits, type TokenBits } from './token-bits.ts';
import {
  countCharacters,
  isMalformed,
  pickyBytes,
  tokenText,
  type ByteText,
  type VocabularyType,
} from './token-texts.ts';

export interface VocabularySource {
  /** By id, as written in the tokenizer; '' for control tokens, which stand for no text. */
  readonly tokens: readonly string[];
  readonly type: VocabularyType;
  /** Number of logits; may be more than there are tokens. */
  readonly size: number;
  /** Any of these ends the answer. */
  readonly endTokens: readonly number[];
}

/** The tokens of a model and what grammars ask about their texts. */
export interface Vocabulary extends VocabularySource {
  /** By id. */
  readonly texts: readonly ByteText[];
  /** Tokens by their texts; of equals the first. */
  readonly byText: ReadonlyMap<ByteText, number>;
  /** Bytes of the longest token that texts are spelled with. */
  readonly longestToken: number;
  /** Characters up to the first quote, or all. */
  readonly charactersToQuote: Uint16Array;
  /** Tokens that open more than two values, where they stand between texts. */
  readonly openMany: TokenBits;
  /** Tokens whose first quote is not their end: from between texts they open one and go on in it. */
  readonly openAndGoOn: TokenBits;
  /** Tokens whose second quote is not their end: from within a text they close it, open another and go on. */
  readonly reopen: TokenBits;
  /** Tokens without a quote or a backslash: within a text they are nothing but text. */
  readonly plain: TokenBits;
  /** Tokens that cannot go on with a text: JSON wants control characters escaped there. */
  readonly noText: TokenBits;
  /** Tokens that open a text with what cannot stand there. */
  readonly openNoText: TokenBits;
  /** Tokens that cannot go on with a text whose last byte is this. */
  readonly malformedAfter: ReadonlyMap<ByteText, TokenBits>;
  /** Tokens that can complete a tag such as `<tool_call>`. */
  readonly withTagEnd: readonly number[];
}

/** Longer tokens are rules of dashes and the like. */
const maxSpelled = 16;

export function createVocabulary(source: VocabularySource): Vocabulary {
  const texts = Array.from({ length: source.size }, (_, token) =>
    tokenText(source.tokens[token] ?? '', source.type),
  );
  const byText = new Map<ByteText, number>();
  for (const [token, text] of texts.entries()) if (text !== '' && !byText.has(text)) byText.set(text, token);
  const where = (holds: (text: ByteText) => boolean): TokenBits => {
    const bits = emptyTokenBits(source.size);
    for (const [token, text] of texts.entries()) if (holds(text)) addToken(bits, token);
    return bits;
  };
  return {
    ...source,
    texts,
    byText,
    longestToken: texts.reduce((longest, text) => Math.max(longest, Math.min(text.length, maxSpelled)), 1),
    charactersToQuote: Uint16Array.from(texts, (text) => countCharacters(text.split('"', 1)[0] ?? '')),
    openMany: where((text) => /(?:[[{][^[{]*){3}/.test(text)),
    openAndGoOn: where((text) => /"./s.test(text)),
    reopen: where((text) => /".*"./s.test(text)),
    plain: where((text) => !/["\\]/.test(text)),
    noText: where(isNoText),
    openNoText: where((text) => text.includes('"') && isNoText(text.slice(text.indexOf('"')))),
    malformedAfter: new Map(
      pickyBytes.map((byte) => [byte, where((text) => isMalformed(byte + text.slice(0, 1)))]),
    ),
    withTagEnd: texts.flatMap((text, token) => (text.includes('>') ? [token] : [])),
  };
}

/** The tokens of a text, the longest first; `undefined` where the vocabulary cannot write it. */
export function spell(text: ByteText, { byText, longestToken }: Vocabulary): readonly number[] | undefined {
  const tokens: number[] = [];
  for (let at = 0; at < text.length;) {
    let length = Math.min(longestToken, text.length - at);
    while (length > 0 && !byText.has(text.slice(at, at + length))) length -= 1;
    const token = byText.get(text.slice(at, at + length));
    if (token === undefined) return undefined;
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function isNoText(text: ByteText): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return /[\0-\x1f]/.test(text) || isMalformed(text);
}
