import type { AdapterError } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Clock } from '../platform/clock.ts';
import type { FailedAttempt, Finish } from './attempt.ts';
import { compete, letGo } from './contest.ts';
import type { ExecutionEvent, ExecutionOptions } from './execution.ts';
import { ExecutionFailure, type ExecutionFailureReason } from './execution-failure.ts';
import type { Opened, Work } from './opening.ts';
import { Schedule } from './schedule.ts';

/**
 * Tries the targets as the schedule says until one begins to answer; from then on the call is that one's, and a failure is told, never
 * mended by a second answer behind the first. Throws `ExecutionFailure`. Leaving the loop cancels the attempts under way.
 */
export async function* tryTargets<Piece, End extends Finish>(
  options: ExecutionOptions,
  work: Work<Piece, End>,
): AsyncGenerator<ExecutionEvent<Piece, End>, void> {
  const { budgets, clock, signal } = options;
  const schedule = new Schedule(options);
  const attempts: Attempt[] = [];
  budgets.retries.onCall();
  budgets.hedges.onCall();
  let step = schedule.next();
  for (;;) {
    if (step.type === 'give-up') {
      throw new ExecutionFailure({ reason: step.reason, attempts, cause: step.cause });
    }
    if (step.delayMs > 0) await pause(step.delayMs, signal, clock);
    const { winner, failed, left } = await compete({ options, work, schedule, step });
    for (const failure of failed) schedule.failed(failure);
    const ended = [...failed.map(({ attempt }) => attempt), ...left];
    attempts.push(...ended);
    if (winner === undefined) step = schedule.next();
    if (winner !== undefined || step.type === 'try') {
      for (const attempt of ended) yield { type: 'attempt-failed', attempt };
    }
    if (winner === undefined) continue;
    const end = yield* handOut(winner);
    if ('finish' in end) {
      budgets.retries.onSuccess();
      yield { type: 'finished', ...end };
      return;
    }
    throw new ExecutionFailure({
      reason: brokenReason(end),
      attempts: [...attempts, end.attempt],
      cause: end.error,
    });
  }
}

async function* handOut<Piece, End extends Finish>({
  attempt,
  held,
  rest,
  finish,
}: Opened<Piece, End>): AsyncGenerator<
  Piece,
  FailedAttempt | { readonly attempt: Attempt; readonly finish: End }
> {
  try {
    yield* held;
    const end = finish ?? (yield* rest);
    return { attempt: attempt.succeed(end), finish: end };
  } catch (error) {
    return attempt.fail(error);
  } finally {
    attempt.leave();
    if (finish === undefined) await letGo(rest);
  }
}

function brokenReason({
  error,
  stop,
}: {
  error: AdapterError;
  stop: FailedAttempt['stop'];
}): ExecutionFailureReason {
  if (error.kind === 'aborted') return 'cancelled';
  return stop === 'deadline' ? 'deadline' : 'broke-off';
}

/** Until the time is over or the caller leaves, which the schedule notices. */
function pause(delayMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const cancel = clock.after(delayMs, end);
  signal.addEventListener('abort', end, { once: true });
  return promise.finally(() => {
    cancel();
    signal.removeEventListener('abort', end);
  });
}
