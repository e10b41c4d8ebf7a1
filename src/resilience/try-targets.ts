import type { Attempt } from '../domain/attempt.ts';
import type { Clock } from '../platform/clock.ts';
import type { Deliver } from '../platform/delivery.ts';
import type { FailedAttempt, Finish } from './attempt.ts';
import { compete } from './contest.ts';
import type { ExecutionOptions } from './execution.ts';
import { ExecutionFailure, type ExecutionFailureReason } from './execution-failure.ts';
import type { Opened } from './opening.ts';
import { Schedule } from './schedule.ts';
import type { PieceSource, Work } from './work.ts';

/** The attempt that answered, and how its answer ended. */
export interface Success<End> {
  readonly attempt: Attempt;
  readonly finish: End;
  /** All of them in order; the last one is `attempt`. */
  readonly attempts: readonly Attempt[];
}

/**
 * Tries the targets as the schedule says until one begins to answer; from then on the call is that one's, and a failure is told, never
 * mended by a second answer behind the first.
 * @throws ExecutionFailure
 */
export async function tryTargets<Piece, End extends Finish>(
  options: ExecutionOptions,
  work: Work<Piece, End>,
): Promise<Success<End>> {
  const { budgets, environment, signal, onAttemptFailed } = options;
  const schedule = new Schedule(options);
  const attempts: Attempt[] = [];
  budgets.retries.onCall();
  budgets.hedges.onCall();
  let step = schedule.next();
  for (;;) {
    if (step.type === 'give-up') {
      throw new ExecutionFailure({ reason: step.reason, attempts, cause: step.cause });
    }
    if (step.delayMs > 0) await pause(step.delayMs, signal, environment.clock);
    const { winner, failed, left } = await compete({ options, work, schedule, step });
    for (const failure of failed) schedule.failed(failure);
    const ended = [...failed.map(({ attempt }) => attempt), ...left];
    attempts.push(...ended);
    if (winner === undefined) step = schedule.next();
    if (winner !== undefined || step.type === 'try') {
      for (const attempt of ended) await onAttemptFailed(attempt);
    }
    if (winner === undefined) continue;
    const end = await handOut(winner, work);
    attempts.push(end.attempt);
    if ('finish' in end) {
      budgets.retries.onSuccess();
      return { ...end, attempts };
    }
    throw new ExecutionFailure({ reason: brokenReason(end), attempts, cause: end.error });
  }
}

async function handOut<Piece, End extends Finish>(
  { attempt, held, source, finish }: Opened<Piece, End>,
  { deliver }: Work<Piece, End>,
): Promise<FailedAttempt | { readonly attempt: Attempt; readonly finish: End }> {
  try {
    for (const piece of held) await deliver(piece);
    const end = finish ?? (await handOutRest(source, deliver));
    await source.release();
    return { attempt: attempt.succeed(end), finish: end };
  } catch (error) {
    await source.release();
    return attempt.fail(error);
  }
}

async function handOutRest<Piece, End>(
  source: PieceSource<Piece, End>,
  deliver: Deliver<Piece>,
): Promise<End> {
  for (;;) {
    const step = await source.next();
    if (step.type === 'end') return step.end;
    const behind = deliver(step.piece);
    // Mostly the reader waits for it, and there is nothing to wait for.
    if (behind !== undefined) await behind;
  }
}

function brokenReason({ error, stop }: FailedAttempt): ExecutionFailureReason {
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
