import type { TokenConstraint } from './token-constraint.ts';

/** A request's prompt in tokens. */
export interface EncodedPrompt {
  /** At least one; fewer than the context holds. */
  readonly tokens: readonly number[];
  /** How many of them, from the start, are the operator's own and the same for every caller. */
  readonly operatorTokens: number;
  /** What keeps the answer to its form, where it has one. */
  readonly constraint?: TokenConstraint;
}
