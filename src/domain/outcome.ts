import type { FinishReason, TokenUsage } from '../../adapters/contract.ts';
import type { Deployment } from './deployment.ts';
import type { NanoUsd } from './money.ts';
import type { Plan } from './plan.ts';
import type { AttemptProblem, Problem } from './problem.ts';
import type { GenerationRequest, Principal } from './request.ts';

/** How one attempt ended. `cancelled`: the caller left, which says nothing about the deployment. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'cancelled';

/** One call to one deployment, finished. */
export interface Attempt {
  readonly deployment: Deployment;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** Until the first content part; `undefined` where none came. */
  readonly firstTokenMs: number | undefined;
  /** Wait in a local queue; `undefined` where the deployment has none. */
  readonly queuedMs: number | undefined;
  /** Present unless the attempt succeeded. */
  readonly problem: AttemptProblem | undefined;
}

export interface Cost {
  readonly nanoUsd: NanoUsd;
  /** True where the provider gave no usage and tokens were estimated. */
  readonly estimated: boolean;
}

export interface Timings {
  readonly queuedMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number;
}

export interface CacheResult {
  readonly hit: boolean;
  /** Age of the answer served; `undefined` without a hit. */
  readonly ageSeconds: number | undefined;
}

export interface GeneratedToolCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What a model said, whole. */
export interface Answer {
  readonly text: string;
  readonly reasoning: string | undefined;
  readonly toolCalls: readonly GeneratedToolCall[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
}

/** A finished, successful generation with its whole story. */
export interface Generation {
  readonly id: string;
  readonly answer: Answer;
  readonly deployment: Deployment;
  readonly plan: Plan;
  readonly attempts: readonly Attempt[];
  readonly cost: Cost;
  readonly timings: Timings;
  readonly cache: CacheResult;
}

/** The one record of a finished request. Limits, ledger, statistics and telemetry only read it. */
export interface Outcome {
  readonly id: string;
  readonly request: GenerationRequest;
  readonly principal: Principal;
  readonly plan: Plan | undefined;
  readonly attempts: readonly Attempt[];
  readonly timings: Timings;
  readonly cache: CacheResult;
  readonly result:
    | { readonly type: 'completed'; readonly generation: Generation }
    | { readonly type: 'failed'; readonly problem: Problem; readonly partialText: string };
}
