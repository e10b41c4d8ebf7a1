import type { GrammarMatcher } from '@mlc-ai/web-xgrammar';
import { firstToken, hasToken, type TokenBits } from './token-bits.ts';

/** Texts that bring an answer to its end where they are allowed, best first. */
export const closingTexts: readonly string[] = ['}', ']', '"', ',', ':', '0', '1', ' ', '{', '['];

/** Outside of a text none of these may stand where the other may. */
export const textMarks: readonly string[] = ['a', '}'];

/** Ends a text. */
export const quote = '"';

export interface WayOutOptions {
  readonly endTokens: readonly number[];
  /** Tokens of `closingTexts`. */
  readonly closing: readonly number[];
  /** Tokens of `textMarks`. */
  readonly marks: readonly number[];
  /** Tokens that end a text or, where it must be longer, lengthen it. */
  readonly inText: readonly number[];
  readonly forbidden: TokenBits;
  /** Longer ways are none. */
  readonly maxTokens: number;
}

/**
 * The tokens of one way from where the matcher is to the end of the answer, the end token not among them; `undefined` where none was
 * found. It is short, not the shortest: values are closed as soon as the grammar lets them be. The matcher is left where it was.
 */
export async function findWayOut(
  matcher: GrammarMatcher,
  options: WayOutOptions,
): Promise<readonly number[] | undefined> {
  const way: number[] = [];
  try {
    while (way.length <= options.maxTokens) {
      const allowed = await matcher.getNextTokenBitmask();
      if (options.endTokens.some((token) => hasToken(allowed, token))) return way;
      const token = nextToken(allowed, options);
      if (token === undefined || !matcher.acceptToken(token)) return undefined;
      way.push(token);
    }
    return undefined;
  } finally {
    matcher.rollBack(way.length);
  }
}

function nextToken(
  allowed: TokenBits,
  { closing, marks, inText, forbidden }: WayOutOptions,
): number | undefined {
  const withinText = marks.length > 0 && marks.every((mark) => hasToken(allowed, mark));
  const wanted = withinText ? inText : closing;
  return wanted.find((token) => hasToken(allowed, token)) ?? firstToken(allowed, forbidden);
}
