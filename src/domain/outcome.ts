import type { Answer } from './answer.ts';
import type { Attempt } from './attempt.ts';
import type { Deployment } from './deployment.ts';
import type { NanoUsd } from './money.ts';
import type { Plan } from './plan.ts';
import type { InternalProblem, Problem } from './problem.ts';
import type { GenerationRequest, Principal } from './request.ts';

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

/** A finished, successful generation with its whole story. */
export interface Generation {
  readonly id: string;
  readonly answer: Answer;
  readonly deployment: Deployment;
  /** `undefined` where the answer came from the cache: nothing was routed. */
  readonly plan: Plan | undefined;
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
    | {
        readonly type: 'failed';
        readonly problem: Problem | InternalProblem;
        readonly partialText: string;
      };
}
