import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Deadlines, Priority } from '../domain/request.ts';
import type { Tactics } from '../domain/tactics.ts';
import type { Clock } from '../platform/clock.ts';
import type { Deliver } from '../platform/delivery.ts';
import type { AdapterBug, AttemptScope, Target } from './attempt.ts';
import type { HedgeShare } from './hedge-share.ts';
import type { RetryBudget } from './retry-budget.ts';

/** What every call of the gateway goes by. */
export interface ExecutionEnvironment {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Whether the gateway's own event loop stands still, so that times say nothing. */
  readonly lagging: () => boolean;
  /** How late it is and has been for a while, in milliseconds. */
  readonly lagMs: () => number;
  readonly onAdapterBug: (bug: AdapterBug) => void;
}

/** What the calls that ask for one model may spend together. */
export interface RouteBudgets {
  readonly retries: RetryBudget;
  readonly hedges: HedgeShare;
}

/** One call to whichever target can answer it. */
export interface ExecutionOptions {
  readonly environment: ExecutionEnvironment;
  /** Best first. */
  readonly targets: readonly Target[];
  /** The targets have open breakers, and there are no others; see `Plan.panic`. */
  readonly panic: boolean;
  readonly signal: AbortSignal;
  /** For the whole call, all attempts together. */
  readonly timeoutMs: number;
  readonly tactics: Tactics;
  /** The caller's, which only shorten those of the tactics. */
  readonly deadlines: Deadlines;
  readonly priority: Priority;
  readonly budgets: RouteBudgets;
  readonly startAttempt: (deployment: Deployment) => AttemptScope;
  /** Told of each attempt that has ended while the call goes on. */
  readonly onAttemptFailed: Deliver<Attempt>;
}
