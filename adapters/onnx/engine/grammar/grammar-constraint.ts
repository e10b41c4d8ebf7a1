import type { GrammarMatcher } from '@mlc-ai/web-xgrammar';
import type { TokenConstraint } from '../token-constraint.ts';
import { topTokens } from '../top-tokens.ts';
import type { AnswerPosition } from './answer-position.ts';
import type { AnswerRules } from './answer-rules.ts';
import { hasToken, maskLogits, type TokenBits } from './token-bits.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { WaysOut } from './way-out.ts';

export interface GrammarConstraintOptions {
  /** At the beginning of the answer. Disposed of with the constraint. */
  readonly matcher: GrammarMatcher;
  readonly vocabulary: Vocabulary;
  readonly rules: AnswerRules;
  readonly waysOut: WaysOut;
  readonly position: AnswerPosition;
  /** Tokens that the answer may have, its end token included. */
  readonly budget: number;
  /** By how many tokens the way to the end may grow with one token. */
  readonly growth: number;
  /** From the beginning no way has more tokens than this. */
  readonly maxFirstWay: number;
}

/** In a text the way may grow by what an escape or half a character still need. */
const textGrowth = 8;

/** So many of the likeliest tokens are tried where not every token leaves a way to the end. */
const maxTried = 4;

type Way = readonly number[];

/**
 * Keeps an answer to a grammar, and sees to it that it ends within its budget. While that is large, whatever the grammar allows may come.
 * Where a way to the end might no longer fit into what is left, only tokens may come that leave one: the likeliest that do, or the next
 * one of the way that is known.
 */
export class GrammarConstraint implements TokenConstraint {
  readonly #options: GrammarConstraintOptions;
  readonly #position: AnswerPosition;
  #left: number;
  #allowed: TokenBits | undefined;
  /** Where it was looked for, and as long as it was followed. */
  #way: Way | undefined;
  /** The way to the end is not longer than this. */
  #wayLimit = Infinity;
  /** The ways after the tokens that were tried for the next place. */
  readonly #tried = new Map<number, Way>();
  #failure: Error | undefined;
  #closed = false;

  constructor(options: GrammarConstraintOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#left = options.budget;
    this.#findWay(Math.min(options.budget, options.maxFirstWay));
    this.#lookAhead();
  }

  /** Tokens that the answer needs at least, as far as is known; `undefined` where no way to its end was found. */
  get leastTokens(): number | undefined {
    return this.#way === undefined ? undefined : this.#way.length + 1;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.matcher.dispose();
  }

  mask(logits: Float32Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#allowed === undefined) throw new Error('the grammar has not said yet what may come next');
    maskLogits(logits, this.#allowed);
    if (this.#left > this.#wayLimit + this.#options.growth + 1) return;
    const way = this.#way;
    if (this.#position.inWords) this.#stayInWords(logits);
    else if (way !== undefined) this.#leaveAWay(logits, way);
  }

  accept(token: number): void {
    const { matcher, vocabulary, growth } = this.#options;
    this.#left -= 1;
    this.#allowed = undefined;
    if (vocabulary.endTokens.includes(token)) return;
    if (!matcher.acceptToken(token)) throw new Error('a token broke the grammar');
    const wasInText = this.#position.inText;
    this.#position.push(vocabulary.texts[token] ?? '');
    const tried = this.#tried.get(token);
    this.#tried.clear();
    const followed = this.#way?.[0] === token ? this.#way.slice(1) : tried;
    this.#way = followed;
    const mayGrow = wasInText && this.#position.inText ? 0 : growth;
    this.#wayLimit = followed?.length ?? this.#wayLimit + mayGrow;
    if (followed === undefined && this.#left <= this.#wayLimit + textGrowth + growth + 1)
      this.#findWay(this.#left);
    this.#lookAhead();
  }

  #findWay(maxTokens: number): void {
    const { matcher, waysOut } = this.#options;
    this.#way = waysOut.find(matcher, this.#position, maxTokens);
    if (this.#way !== undefined) this.#wayLimit = this.#way.length;
  }

  /** The engine answers within the turn of the event loop; a run of the graph takes longer. */
  #lookAhead(): void {
    const { matcher, rules } = this.#options;
    const look = async (): Promise<void> => {
      const allowed = await matcher.getNextTokenBitmask();
      if (this.#closed) return;
      rules.restrict(allowed, this.#position);
      this.#allowed = allowed;
    };
    look().catch((cause: unknown) => {
      // A call may end while the engine looks ahead for it.
      if (!this.#closed) this.#failure = new Error('the grammar engine failed', { cause });
    });
  }

  /** Words may be cut anywhere; a call that could not be ended must not begin. */
  #stayInWords(logits: Float32Array): void {
    const { vocabulary } = this.#options;
    for (const token of vocabulary.withTagEnd)
      if (
        logits[token] !== -Infinity &&
        this.#position.begins(vocabulary.texts[token] ?? '') &&
        !this.#try(token)
      )
        logits[token] = -Infinity;
  }

  #leaveAWay(logits: Float32Array, way: Way): void {
    const { vocabulary } = this.#options;
    const next = way.length === 0 ? vocabulary.endTokens : way.slice(0, 1);
    if (this.#left > way.length + textGrowth + 1 && this.#isFreeText()) {
      const kept = next.map((token) => [token, logits[token] ?? 0] as const);
      maskLogits(logits, vocabulary.plain);
      for (const [token, logit] of kept) logits[token] = logit;
      return;
    }
    const likeliest = [...topTokens(logits, maxTried)].filter((token) => logits[token] !== -Infinity);
    const leaving = likeliest.filter((token) => next.includes(token) || this.#try(token));
    if (leaving.length === 0) keepOnly(logits, next);
    else keepOnly(logits, leaving);
  }

  /** Whether any text may follow, as within a text without a pattern. */
  #isFreeText(): boolean {
    const { vocabulary } = this.#options;
    const allowed = this.#allowed;
    return (
      this.#position.inText &&
      allowed !== undefined &&
      ['a', '}'].every((text) => hasToken(allowed, vocabulary.byText.get(text) ?? -1))
    );
  }

  /** Whether the answer can still end if this token comes next. */
  #try(token: number): boolean {
    const { matcher, vocabulary, waysOut } = this.#options;
    // What is left after this token and the end.
    const left = this.#left - 2;
    if (vocabulary.endTokens.includes(token)) return true;
    if (!matcher.acceptToken(token)) return false;
    const position = this.#position.fork();
    position.push(vocabulary.texts[token] ?? '');
    const way = waysOut.find(matcher, position, left);
    matcher.rollBack(1);
    if (way === undefined || way.length > left) return false;
    this.#tried.set(token, way);
    return true;
  }
}

function keepOnly(logits: Float32Array, tokens: readonly number[]): void {
  // A bias or a penalty may have left no number; the only token must stay possible.
  const kept = tokens.map((token) => [token, Math.max(logits[token] ?? 0, -1e30)] as const);
  logits.fill(-Infinity);
  for (const [token, logit] of kept) logits[token] = logit;
}
