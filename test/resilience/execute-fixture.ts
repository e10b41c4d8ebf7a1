import type { ModelAdapter, ModelCall } from '../../adapters/contract.ts';
import type { DeltaPart } from '../../src/domain/answer.ts';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { Deadlines, Priority } from '../../src/domain/request.ts';
import { defaultTactics, type Tactics } from '../../src/domain/tactics.ts';
import { deliveries, type Deliver } from '../../src/platform/delivery.ts';
import { follow } from '../../src/platform/follow.ts';
import type { AttemptScope, Finish, Target } from '../../src/resilience/attempt.ts';
import { execute, type AdapterBug } from '../../src/resilience/execute.ts';
import { ExecutionFailure } from '../../src/resilience/execution-failure.ts';
import { createGates, type Gates, type GateStatus } from '../../src/resilience/gate.ts';
import { createHedgeShare } from '../../src/resilience/hedge-share.ts';
import { defaultLimiterSettings, type LimiterSettings } from '../../src/domain/limiter-settings.ts';
import { createLimiters, type Limiters } from '../../src/resilience/limiters.ts';
import { createRetryBudgets } from '../../src/resilience/retry-budget.ts';
import { createStatistics } from '../../src/routing/statistics.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export interface ExecuteFixture {
  readonly clock: FakeClock;
  /** Every attempt that has ended, in the order of their ends. */
  readonly ended: readonly Attempt[];
  readonly bugs: readonly AdapterBug[];
  readonly gates: Gates;
  readonly limiters: Limiters;
  run(options?: RunOptions): AsyncIterableIterator<ExecutionEvent, void, undefined>;
  gate(deployment: string): GateStatus;
}

/** What an execution tells, in order. */
export type ExecutionEvent =
  | { readonly type: 'attempt-failed'; readonly attempt: Attempt }
  | { readonly type: 'part'; readonly part: DeltaPart }
  | { readonly type: 'finished'; readonly attempt: Attempt; readonly finish: Finish };

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** @default 60000 */
  readonly timeoutMs?: number;
  /** @default `defaultTactics` without retries */
  readonly tactics?: Partial<Tactics>;
  readonly deadlines?: Deadlines;
  readonly panic?: boolean;
  readonly priority?: Priority;
  readonly call?: Partial<ModelCall>;
}

export interface FixtureOptions {
  readonly limiterSettings?: Partial<LimiterSettings>;
  /** @default never */
  readonly lagging?: () => boolean;
  /** @default always 0: no jitter, no waits before retries */
  readonly random?: () => number;
}

/** The targets behind real gates and limiters, without jitter, on a clock to turn. */
export function createExecuteFixture(
  targets: readonly (readonly [Deployment, ModelAdapter])[],
  { limiterSettings = {}, lagging = () => false, random = () => 0 }: FixtureOptions = {},
): ExecuteFixture {
  const clock = createFakeClock();
  const gates = createGates({ clock, random: () => 0 });
  const limiters = createLimiters({
    clock,
    settingsOf: () => ({ ...defaultLimiterSettings, ...limiterSettings }),
  });
  const statistics = createStatistics();
  const ended: Attempt[] = [];
  const bugs: AdapterBug[] = [];
  const budgets = { retries: createRetryBudgets().of('auto'), hedges: createHedgeShare() };

  const target = ([deployment, adapter]: readonly [Deployment, ModelAdapter]): Target => ({
    deployment,
    adapter,
    gate: gates.of(deployment.name),
    limiter: limiters.of(deployment.name),
    p95FirstTokenMs: () => statistics.latency(deployment.name)?.firstTokenMs?.p95,
  });
  const scope: AttemptScope = {
    traceHeaders: {},
    metadata: () => undefined,
    end(attempt) {
      ended.push(attempt);
      statistics.observe(attempt, undefined);
    },
  };
  return {
    clock,
    ended,
    bugs,
    gates,
    limiters,
    gate: (deployment) => gates.of(deployment).status(),
    run: ({ call = {}, tactics = {}, signal = new AbortController().signal, ...options } = {}) => {
      const following = follow(signal);
      let hasLeft = false;
      const answer = (deliver: Deliver<ExecutionEvent>) =>
        execute({
          environment: { clock, random, lagging, lagMs: () => 0, onAdapterBug: (bug) => bugs.push(bug) },
          targets: targets.map(target),
          call: {
            messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
            sampling: {},
            ...call,
          },
          panic: false,
          signal: following.signal,
          timeoutMs: 60_000,
          tactics: { ...defaultTactics, retries: 0, ...tactics },
          deadlines: {},
          priority: 'interactive',
          budgets,
          startAttempt: () => scope,
          onAttemptFailed: (failed) => deliver({ type: 'attempt-failed', attempt: failed }),
          onPart: (part) => deliver({ type: 'part', part }),
          ...options,
        });
      return deliveries<ExecutionEvent>({
        leave() {
          hasLeft = true;
          following.abort();
        },
        async run(deliver) {
          try {
            const { attempt, finish } = await answer(deliver);
            await deliver({ type: 'finished', attempt, finish });
          } catch (error) {
            // Who leaves has cancelled the call, and is not told so.
            const isCancelled = error instanceof ExecutionFailure && error.reason === 'cancelled';
            if (!hasLeft || !isCancelled) throw error;
          }
        },
      });
    },
  };
}
