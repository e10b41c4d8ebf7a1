import type { TokenUsage } from '../../adapters/contract.ts';
import type { DeltaPart } from './answer.ts';
import type { Attempt } from './attempt.ts';
import type { Generation } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Problem, StreamProblem } from './problem.ts';

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

/** The last event of a stream. */
export type GenerationEnd = Extract<GenerationEventBody, { readonly type: 'completed' | 'failed' }>;

export interface EventNumber {
  readonly generationId: string;
  /** Counts from 1 without gaps within one generation. */
  readonly sequence: number;
}

export type NumberedEvent = GenerationEventBody & EventNumber;

/** What ends a stream that cannot be had. As an event it is none of the generation, so a stream that cannot be resumed has the number 0. */
export type StreamRefusal = EventNumber & {
  readonly type: 'failed';
  readonly problem: StreamProblem;
  readonly partialText: '';
  readonly usage: undefined;
};

/** What a reader of a stream gets. */
export type GenerationEvent = NumberedEvent | StreamRefusal;
