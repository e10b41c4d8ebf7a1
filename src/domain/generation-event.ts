import type { TokenUsage } from '../../adapters/contract.ts';
import type { DeltaPart } from './answer.ts';
import type { Attempt } from './attempt.ts';
import type { Generation } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';

/** What happens while an answer is made. A stream ends with exactly one `completed` or `failed`. */
export type GenerationEventBody =
  | { readonly type: 'route-decided'; readonly plan: Plan }
  | { readonly type: 'attempt-failed'; readonly attempt: Attempt }
  | DeltaPart
  | { readonly type: 'completed'; readonly generation: Generation }
  | {
      readonly type: 'failed';
      readonly problem: Problem;
      /** What had come before it failed. */
      readonly partialText: string;
      /** What the model had used up by then, counted by us where nobody else has; `undefined` where no model answered. */
      readonly usage: TokenUsage | undefined;
    };

/** `sequence` counts from 1 without gaps within one generation. */
export type GenerationEvent = GenerationEventBody & {
  readonly generationId: string;
  readonly sequence: number;
};
