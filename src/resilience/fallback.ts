import { AdapterError } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Clock } from '../platform/clock.ts';
import {
  RunningAttempt,
  stopError,
  type AdapterBug,
  type AttemptScope,
  type FailedAttempt,
  type Finish,
  type Target,
} from './attempt.ts';
import { ExecutionFailure, type ExecutionFailureReason } from './execution-failure.ts';
import { firstTokenBudgetMs, patienceWith } from './timing.ts';
import { verdicts } from './verdict.ts';

export interface ExecutionOptions {
  /** Best first. */
  readonly targets: readonly Target[];
  readonly signal: AbortSignal;
  /** For the whole call, all attempts together. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly startAttempt: (deployment: Deployment) => AttemptScope;
  readonly onAdapterBug: (bug: AdapterBug) => void;
}

export type FallbackEvent<Piece, End extends Finish> =
  /** The next target is tried. */
  | { readonly type: 'attempt-failed'; readonly attempt: Attempt }
  | Piece
  /** Once, last. */
  | { readonly type: 'finished'; readonly attempt: Attempt; readonly finish: End };

/** Makes the call: yields what the client gets, and returns how it ended. */
export type Work<Piece, End extends Finish> = (
  target: Target,
  attempt: RunningAttempt,
) => AsyncGenerator<Piece, End>;

/**
 * Tries the targets in their order until one hands out its first piece; from then on the call is that one's. Throws
 * `ExecutionFailure`. Leaving the loop cancels the attempt under way.
 */
export async function* tryTargets<Piece, End extends Finish>(
  options: ExecutionOptions,
  work: Work<Piece, End>,
): AsyncGenerator<FallbackEvent<Piece, End>, void> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs;
  const attempts: Attempt[] = [];
  let queue = options.targets;
  for (;;) {
    const leftMs = deadlineMs - options.clock.monotonicMs();
    const [target, ...others] = queue;
    if (target === undefined || leftMs <= 0 || options.signal.aborted) {
      throw new ExecutionFailure({ ...notTried(options.signal, leftMs), attempts });
    }
    const end = yield* tryTarget({ ...options, target, leftMs, othersWait: others.length > 0 }, work);
    if ('finish' in end) {
      yield { type: 'finished', ...end };
      return;
    }
    attempts.push(end.attempt);
    queue = stillAllowed(others, target, end.error);
    const reason = finalReason(end, queue);
    if (reason !== undefined) throw new ExecutionFailure({ reason, attempts, cause: end.error });
    yield { type: 'attempt-failed', attempt: end.attempt };
  }
}

interface TryOptions extends ExecutionOptions {
  readonly target: Target;
  readonly leftMs: number;
  readonly othersWait: boolean;
}

async function* tryTarget<Piece, End extends Finish>(
  options: TryOptions,
  work: Work<Piece, End>,
): AsyncGenerator<Piece, FailedAttempt | { readonly attempt: Attempt; readonly finish: End }> {
  const { target, leftMs, othersWait } = options;
  const permit = target.gate.tryEnter();
  if (permit === undefined) return keptShut(target);
  const patience = patienceWith(target.deployment);
  const attempt = new RunningAttempt({
    ...options,
    permit,
    scope: options.startAttempt(target.deployment),
    firstTokenBudgetMs: firstTokenBudgetMs(patience, leftMs, othersWait),
    blameAfterMs: patience.blameAfterMs,
  });
  try {
    const finish = yield* work(target, attempt);
    return { attempt: attempt.succeed(finish), finish };
  } catch (error) {
    return attempt.fail(error);
  } finally {
    attempt.leave();
  }
}

/** The deployment was healthy when the plan was made and is not any more: no call, no time. */
function keptShut({ deployment, gate }: Target): FailedAttempt {
  const coolingDown = gate.status().cooldownUntilMs !== undefined;
  const message = coolingDown
    ? `${deployment.name} is cooling down after a refusal.`
    : `${deployment.name} has failed too often and is being left alone.`;
  return {
    attempt: {
      deployment,
      outcome: 'failed',
      durationMs: 0,
      firstTokenMs: undefined,
      queuedMs: undefined,
      problem: { code: 'BREAKER_OPEN', message },
    },
    error: new AdapterError('unavailable', `the gate of ${deployment.name} is shut`),
    stop: undefined,
  };
}

function notTried(
  signal: AbortSignal,
  leftMs: number,
): { readonly reason: ExecutionFailureReason; readonly cause: AdapterError } {
  if (signal.aborted) return { reason: 'cancelled', cause: stopError('caller') };
  if (leftMs <= 0) return { reason: 'deadline', cause: stopError('deadline') };
  return { reason: 'exhausted', cause: new AdapterError('unavailable', 'there was no target to try') };
}

/** Which of the others may be tried after this failure. */
function stillAllowed(others: readonly Target[], failed: Target, error: AdapterError): readonly Target[] {
  switch (verdicts[error.kind].fallback) {
    case 'any':
      return others;
    case 'none':
      return [];
    case 'longer-context': {
      const tooShort = error.contextTokens ?? contextTokens(failed);
      return others.filter((other) => (contextTokens(other) ?? Infinity) > (tooShort ?? 0));
    }
  }
}

function contextTokens({ adapter, deployment }: Target): number | undefined {
  return adapter.traits().contextTokens ?? deployment.traits.contextTokens;
}

function finalReason(
  { attempt, error, stop }: FailedAttempt,
  queue: readonly Target[],
): ExecutionFailureReason | undefined {
  if (error.kind === 'aborted') return 'cancelled';
  if (stop === 'deadline') return 'deadline';
  if (attempt.firstTokenMs !== undefined) return 'broke-off';
  if (queue.length > 0) return undefined;
  return verdicts[error.kind].fallback === 'any' ? 'exhausted' : 'refused';
}
