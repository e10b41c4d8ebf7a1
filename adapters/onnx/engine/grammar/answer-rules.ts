import type { AnswerPosition } from './answer-position.ts';
import { lengthFits, type TextLength } from './text-lengths.ts';
import { hasToken, removeToken, removeTokens, type TokenBits } from './token-bits.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What holds of an answer besides its grammar. */
export interface AnswerRules {
  /** Takes away the tokens that may not come next. */
  restrict(allowed: TokenBits, position: AnswerPosition): void;
}

/** Texts are well-formed and as long as they must be, and no token opens more values than the way to the end is reckoned with. */
export function createAnswerRules(vocabulary: Vocabulary, lengths: readonly TextLength[]): AnswerRules {
  const { size, texts, charactersToQuote } = vocabulary;
  const longest = charactersToQuote.reduce((most, count) => Math.max(most, count), 1);

  function restrictLength(allowed: TokenBits, written: number): void {
    // Several hold where the schema leaves open which of its texts this is.
    const held = lengths.filter((_, index) => hasToken(allowed, size + index));
    if (held.every(({ least, most }) => written >= least && written + longest <= most)) return;
    for (let token = 0; token < size; token++) {
      const after = written + (charactersToQuote[token] ?? 0);
      if (!held.every((length) => lengthFits(length, after, texts[token]))) removeToken(allowed, token);
    }
  }

  function restrictText(allowed: TokenBits, { written, lastByte }: AnswerPosition): void {
    const afterLast = vocabulary.malformedAfter.get(lastByte);
    removeTokens(allowed, vocabulary.noText);
    if (afterLast !== undefined) removeTokens(allowed, afterLast);
    if (lengths.length === 0) return;
    removeTokens(allowed, vocabulary.reopen);
    restrictLength(allowed, written);
  }

  return {
    restrict(allowed, position) {
      if (position.inWords) return;
      if (position.inText) return restrictText(allowed, position);
      removeTokens(allowed, vocabulary.openMany);
      removeTokens(allowed, vocabulary.openNoText);
      // Which lengths hold is only seen once the opening quote stands there.
      if (lengths.length > 0) removeTokens(allowed, vocabulary.openAndGoOn);
    },
  };
}
