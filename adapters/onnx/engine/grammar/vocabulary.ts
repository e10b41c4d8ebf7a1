import { addToken, emptyTokenBits, type TokenBits } from './token-bits.ts';

/** How the texts of tokens are written in `tokenizer.json`. */
export type VocabularyType = 'byte_level' | 'byte_fallback' | 'raw';

export interface Vocabulary {
  /** By id, as written in the tokenizer. */
  readonly tokens: readonly string[];
  readonly type: VocabularyType;
  /** Number of logits; may be more than there are tokens. */
  readonly size: number;
  /** Any of these ends the answer. */
  readonly endTokens: readonly number[];
  /** Text of a token alone. */
  readonly textOf: (token: number) => string;
}

/** Tokens with characters below the space: JSON forbids them in strings, and an answer on one line needs none between them. */
export function controlTokens({ tokens, size, endTokens, textOf }: Vocabulary): TokenBits {
  const bits = emptyTokenBits(size);
  for (let token = 0; token < size; token++) {
    const absent = tokens[token] === undefined || tokens[token] === '';
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if ((absent || /[\u0000-\u001f]/.test(textOf(token))) && !endTokens.includes(token))
      addToken(bits, token);
  }
  return bits;
}

/** The tokens of these texts, where the vocabulary has them, in this order. */
export function tokensOf(texts: readonly string[], { tokens, textOf }: Vocabulary): readonly number[] {
  const wanted = new Map(texts.map((text) => [text, -1]));
  for (const token of tokens.keys()) {
    const text = textOf(token);
    if (wanted.get(text) === -1) wanted.set(text, token);
  }
  return [...wanted.values()].filter((token) => token !== -1);
}
