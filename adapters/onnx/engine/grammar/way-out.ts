import type { GrammarMatcher } from '@mlc-ai/web-xgrammar';
import type { AnswerPosition } from './answer-position.ts';
import { lengthFits, type TextLength } from './text-lengths.ts';
import { bytesOf, isMalformed, type ByteText } from './token-texts.ts';
import { spell, type Vocabulary } from './vocabulary.ts';

/** What is used of the grammar engine: it reads an answer token by token, and takes tokens back. */
export type Matcher = Pick<GrammarMatcher, 'acceptToken' | 'findJumpForwardString' | 'rollBack'>;

export interface WaysOutOptions {
  readonly vocabulary: Vocabulary;
  /** By the numbers of their marks. */
  readonly lengths: readonly TextLength[];
  /** Short values, shortest first, for where the schema leaves a choice. */
  readonly values: readonly string[];
}

/** Finds ways from where an answer stands to its end. */
export interface WaysOut {
  /**
   * The tokens of one way, the end token not among them; `undefined` where none of at most so many tokens was found. It is short, not
   * always the shortest. The matcher is left where it was.
   */
  find(matcher: Matcher, from: AnswerPosition, maxTokens: number): readonly number[] | undefined;
}

/** Ends values, or goes on with them where they must not end yet; best first. */
const closingTexts: readonly ByteText[] = ['}', ']', '"', ',', ':'];

/**
 * What else may come, in several orders: a pattern such as `[a-z]+@[a-z]+` is not ended by ever more letters, and one such as `(-a)*b`
 * not by ever more marks.
 */
const singleOrders: readonly (readonly RegExp[])[] = [
  [/[^0-9A-Za-z]/, /[0-9]/, /[A-Za-z]/],
  [/[A-Za-z]/, /[0-9]/, /[^0-9A-Za-z]/],
  [/[0-9]/, /[A-Za-z]/, /[^0-9A-Za-z]/],
];

/** Where all of these may stand, any text may. */
const textMarks: readonly ByteText[] = ['a', '}'];

export function createWaysOut(options: WaysOutOptions): WaysOut {
  return new WaySearch(options);
}

class WaySearch implements WaysOut {
  readonly #vocabulary: Vocabulary;
  readonly #lengths: readonly TextLength[];
  readonly #values: readonly ByteText[];
  readonly #closing: readonly number[];
  readonly #marks: readonly number[];
  readonly #textEnds: readonly number[];
  readonly #orders: readonly (readonly number[])[];

  constructor({ vocabulary, lengths, values }: WaysOutOptions) {
    this.#vocabulary = vocabulary;
    this.#lengths = lengths;
    this.#values = values.map(bytesOf);
    this.#closing = tokensOf(closingTexts, vocabulary);
    this.#marks = tokensOf(textMarks, vocabulary);
    this.#textEnds = [...tokensOf(['"'], vocabulary), ...fillersOf(vocabulary)];
    this.#orders = singleOrders.map((kinds) => tokensOf(singlesBy(kinds), vocabulary));
  }

  find(matcher: Matcher, from: AnswerPosition, maxTokens: number): readonly number[] | undefined {
    for (const singles of this.#orders) {
      const way = this.#search(matcher, from, { singles, maxTokens });
      if (way !== undefined) return way;
    }
    return undefined;
  }

  #search(
    matcher: Matcher,
    from: AnswerPosition,
    { singles, maxTokens }: Search,
  ): readonly number[] | undefined {
    const way: number[] = [];
    const position = from.fork();
    try {
      while (way.length <= maxTokens) {
        const tokens = this.#next(matcher, position, singles);
        if (tokens === 'ended') return way;
        if (tokens === undefined) return undefined;
        for (const token of tokens) {
          matcher.acceptToken(token);
          way.push(token);
          position.push(this.#textOf(token));
        }
      }
      return undefined;
    } finally {
      matcher.rollBack(way.length);
    }
  }

  #next(
    matcher: Matcher,
    position: AnswerPosition,
    singles: readonly number[],
  ): readonly number[] | 'ended' | undefined {
    const certain = this.#spelled(matcher, bytesOf(matcher.findJumpForwardString()));
    if (certain !== undefined) return certain;
    if (this.#vocabulary.endTokens.some((token) => reads(matcher, [token]))) return 'ended';
    if (position.inText && this.#marks.every((mark) => reads(matcher, [mark]))) {
      const end = this.#endOfText(matcher, position);
      if (end !== undefined) return [end];
    }
    const closer = this.#closing.find((token) => reads(matcher, [token]));
    if (closer !== undefined && ['}', ']'].includes(this.#textOf(closer))) return [closer];
    const value = this.#begunValue(matcher, position);
    if (value !== undefined) return value;
    const single = closer ?? this.#singleAfter(matcher, position, singles);
    return single === undefined ? undefined : [single];
  }

  /** Ends a text as soon as its length allows, and lengthens it until then. */
  #endOfText(matcher: Matcher, { written }: AnswerPosition): number | undefined {
    const { size, charactersToQuote } = this.#vocabulary;
    const held = this.#lengths.filter((_, index) => reads(matcher, [size + index]));
    return this.#textEnds.find((token) => {
      const after = written + (charactersToQuote[token] ?? 0);
      return (
        held.every((length) => lengthFits(length, after, this.#textOf(token))) && reads(matcher, [token])
      );
    });
  }

  /** One of the short values, or the rest of it where it is begun. */
  #begunValue(matcher: Matcher, { openValue, inText }: AnswerPosition): readonly number[] | undefined {
    for (const value of this.#values) {
      const rest = value.startsWith(openValue) ? value.slice(openValue.length) : '';
      const tokens = this.#spelled(matcher, rest) ?? (inText ? undefined : this.#spelled(matcher, value));
      if (tokens !== undefined) return tokens;
    }
    return undefined;
  }

  /** A single byte, as where a number, a pattern or half a character must go on. */
  #singleAfter(
    matcher: Matcher,
    { lastByte }: AnswerPosition,
    singles: readonly number[],
  ): number | undefined {
    return singles.find((token) => !isMalformed(lastByte + this.#textOf(token)) && reads(matcher, [token]));
  }

  /** The tokens of a text that may come next; `undefined` where it may not, and for none. */
  #spelled(matcher: Matcher, text: ByteText): readonly number[] | undefined {
    const tokens = text === '' ? undefined : spell(text, this.#vocabulary);
    return tokens !== undefined && reads(matcher, tokens) ? tokens : undefined;
  }

  #textOf(token: number): ByteText {
    return this.#vocabulary.texts[token] ?? '';
  }
}

interface Search {
  /** Single bytes in the order in which they are tried. */
  readonly singles: readonly number[];
  readonly maxTokens: number;
}

/** Whether these tokens may come next. */
function reads(matcher: Matcher, tokens: readonly number[]): boolean {
  const refused = tokens.findIndex((token) => !matcher.acceptToken(token));
  const read = refused === -1 ? tokens.length : refused;
  if (read > 0) matcher.rollBack(read);
  return refused === -1;
}

function tokensOf(texts: readonly ByteText[], { byText }: Vocabulary): readonly number[] {
  return texts.map((text) => byText.get(text)).filter((token) => token !== undefined);
}

function singlesBy(kinds: readonly RegExp[]): readonly ByteText[] {
  const all = Array.from({ length: 256 - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
  return kinds.flatMap((kind) => all.filter((single) => kind.test(single)));
}

/** Tokens of nothing but letters, of each length one, longest first. */
function fillersOf({ texts }: Vocabulary): readonly number[] {
  const byLength = new Map<number, number>();
  for (const [token, text] of texts.entries())
    if (/^ ?[a-z]+$/.test(text) && !byLength.has(text.length)) byLength.set(text.length, token);
  return [...byLength].toSorted(([left], [right]) => right - left).map(([, token]) => token);
}
