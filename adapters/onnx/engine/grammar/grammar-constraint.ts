import type { GrammarMatcher } from '@mlc-ai/web-xgrammar';
import type { TokenConstraint } from '../token-constraint.ts';
import { maskLogits, type TokenBits } from './token-bits.ts';
import { findWayOut, type WayOutOptions } from './way-out.ts';

export interface GrammarConstraintOptions {
  readonly matcher: GrammarMatcher;
  readonly endTokens: readonly number[];
  /** How the way to the end is found. */
  readonly exits: Pick<WayOutOptions, 'closing' | 'marks' | 'inText'>;
  /** Tokens that the grammar would allow and JSON would not. */
  readonly control: TokenBits;
  readonly noTokens: TokenBits;
  readonly textOf: (token: number) => string;
  /** Whether what is being written is JSON, given the text of the token that was added. @default always */
  readonly inJson?: ((added: string) => boolean) | undefined;
  /** Tokens that the answer may have, its end token included. */
  readonly budget: number;
  /** By how many tokens the way to the end may grow with one token. */
  readonly growth: number;
}

/** So close to the end the way is looked for with every token: what stands in its first steps must be right. */
const nearTokens = 8;

/** The way to the end is only looked for where it may soon be needed. */
const watchedTokens = 512;

/**
 * Keeps an answer to a grammar, and sees to it that it ends within its budget: when what is left is hardly more than a way to the end
 * takes, the answer takes that way.
 */
export class GrammarConstraint implements TokenConstraint {
  readonly #options: GrammarConstraintOptions;
  #left: number;
  #allowed: TokenBits | undefined;
  /** From where the answer is now; `undefined` where it was not looked for or not found. */
  #way: readonly number[] | undefined;
  #json: boolean;
  #failure: Error | undefined;
  #closed = false;

  private constructor(options: GrammarConstraintOptions) {
    this.#options = options;
    this.#left = options.budget;
    this.#json = options.inJson === undefined;
  }

  static async begin(options: GrammarConstraintOptions): Promise<GrammarConstraint> {
    const constraint = new GrammarConstraint(options);
    await constraint.#look(true);
    return constraint;
  }

  /** Tokens that an answer needs at least, as far as a way to its end was found. */
  get leastTokens(): number | undefined {
    return this.#way === undefined ? undefined : this.#way.length + 1;
  }

  mask(logits: Float32Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#allowed === undefined) throw new Error('the grammar has not said yet what may come next');
    const { control, noTokens, growth } = this.#options;
    const way = this.#way;
    if (way !== undefined && this.#left <= way.length + growth + 1) this.#force(way[0], logits);
    else maskLogits(logits, this.#allowed, this.#json ? control : noTokens);
  }

  #force(next: number | undefined, logits: Float32Array): void {
    const wanted = next === undefined ? this.#options.endTokens : [next];
    const kept = wanted.map((token) => logits[token] ?? 0);
    logits.fill(-Infinity);
    // A penalty may have left no number; the only token must stay possible.
    for (const [index, token] of wanted.entries()) logits[token] = Math.max(kept[index] ?? 0, -1e30);
  }

  accept(token: number): void {
    this.#left -= 1;
    this.#allowed = undefined;
    if (this.#options.endTokens.includes(token)) return;
    if (!this.#options.matcher.acceptToken(token)) throw new Error('a token broke the grammar');
    const text = this.#options.textOf(token);
    this.#json = this.#options.inJson?.(text) ?? true;
    const followed = this.#way?.[0] === token;
    if (followed) this.#way = this.#way?.slice(1);
    this.#look(!followed && (this.#isNear() || opensOrCloses(text))).catch((cause: unknown) => {
      // A call may end while the engine looks ahead for it.
      if (!this.#closed) this.#failure = new Error('the grammar engine failed', { cause });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.matcher.dispose();
  }

  /** Whether the way will soon be taken, or is not known. */
  #isNear(): boolean {
    return this.#way === undefined || this.#left <= this.#way.length + this.#options.growth + nearTokens;
  }

  /** The engine answers within the turn of the event loop; a run of the graph takes longer. */
  async #look(wayMayDiffer: boolean): Promise<void> {
    const { matcher, endTokens, exits, control, noTokens, growth } = this.#options;
    this.#allowed = await matcher.getNextTokenBitmask();
    if (this.#closed || !wayMayDiffer || this.#left > watchedTokens + growth) return;
    const forbidden = this.#json ? control : noTokens;
    this.#way = await findWayOut(matcher, {
      ...exits,
      endTokens,
      forbidden,
      maxTokens: this.#left + watchedTokens,
    });
  }
}

/** Within a text or a number the way to the end hardly changes its length. */
function opensOrCloses(text: string): boolean {
  return /[{}[\],:"]/.test(text);
}
