import { AdapterError } from '../../adapters/errors.ts';
import type { AttemptProblem } from '../domain/attempt.ts';
import { shortest } from '../domain/tactics.ts';
import { RunningAttempt, type FailedAttempt, type Finish, type Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import type { Permit } from './gate.ts';
import type { Refusal, Slot } from './limiter.ts';
import { firstTokenBudgetMs, patienceWith } from './timing.ts';

/** Makes the call: yields what the client gets, and returns how it ended. */
export interface Work<Piece, End extends Finish> {
  start(target: Target, attempt: RunningAttempt): AsyncGenerator<Piece, End>;
  /** Whether a piece is worth that no other target may take over once it has been handed out. */
  isContent(piece: Piece): boolean;
  /** Size of a piece, for the bound of what is held back. */
  bytes(piece: Piece): number;
}

/** An attempt that has begun to answer. What came before and with the first content has been held back. */
export interface Opened<Piece, End extends Finish> {
  readonly type: 'opened';
  readonly attempt: RunningAttempt;
  readonly held: readonly Piece[];
  readonly rest: AsyncGenerator<Piece, End>;
  /** Where the answer is whole already. */
  readonly finish: End | undefined;
}

export type Opening<Piece, End extends Finish> =
  | Opened<Piece, End>
  | { readonly type: 'failed'; readonly failed: FailedAttempt };

export interface OpenOptions extends ExecutionOptions {
  readonly target: Target;
  readonly leftMs: number;
  /** Whether another target could still be tried. */
  readonly othersWait: boolean;
}

/** What may be held back before the answer is handed out as it comes. */
const mostHeld = { pieces: 64, bytes: 256 * 1024 };

/** Admits one call and follows it to its commit point: as long as it has shown no content, another target may take over unseen. */
export async function open<Piece, End extends Finish>(
  options: OpenOptions,
  work: Work<Piece, End>,
  onStart: (attempt: RunningAttempt) => void,
): Promise<Opening<Piece, End>> {
  const { target } = options;
  const slot = await admitted(options);
  if (!slot.admitted) return { type: 'failed', failed: overloaded(target, slot) };
  const permit = target.gate.tryEnter({ panic: options.panic, lastChance: !options.othersWait });
  if (permit === undefined) {
    slot.release({ outcome: 'ignored' });
    return { type: 'failed', failed: keptShut(target) };
  }
  const attempt = startAttempt(options, slot, permit);
  onStart(attempt);
  return await untilContent(work, work.start(target, attempt), attempt);
}

/** Only who has no other target waits in line. */
async function admitted(options: OpenOptions): Promise<Slot | Refusal> {
  const { target, othersWait, clock, leftMs, priority, signal } = options;
  const slot = target.limiter.tryAcquire();
  if (slot !== undefined) return slot;
  const deadlineMs = clock.monotonicMs() + (othersWait ? 0 : leftMs);
  return await target.limiter.acquire({ priority, deadlineMs, signal });
}

function startAttempt(options: OpenOptions, slot: Slot, permit: Permit): RunningAttempt {
  const { target, leftMs, othersWait, tactics, whole } = options;
  const patience = patienceWith(target.deployment, whole);
  const deadlines = shortest(tactics.deadlines, options.deadlines);
  const budgetMs = firstTokenBudgetMs(patience, leftMs, othersWait);
  return new RunningAttempt({
    ...options,
    slot,
    permit,
    scope: options.startAttempt(target.deployment),
    firstTokenBudgetMs: whole ? budgetMs : Math.min(budgetMs, deadlines.firstTokenMs ?? Infinity),
    idleMs: deadlines.idleMs,
    // What the operator finds too long says something about the deployment, what a caller does not.
    blameAfterMs: Math.min(patience.blameAfterMs, tactics.deadlines.firstTokenMs ?? Infinity),
    blamesIdle: deadlines.idleMs === tactics.deadlines.idleMs,
  });
}

async function untilContent<Piece, End extends Finish>(
  work: Work<Piece, End>,
  rest: AsyncGenerator<Piece, End>,
  attempt: RunningAttempt,
): Promise<Opening<Piece, End>> {
  const held: Piece[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const step = await rest.next();
      if (step.done === true) {
        attempt.commit();
        return { type: 'opened', attempt, held, rest, finish: step.value };
      }
      held.push(step.value);
      bytes += work.bytes(step.value);
      if (!work.isContent(step.value) && held.length < mostHeld.pieces && bytes < mostHeld.bytes) continue;
      attempt.commit();
      return { type: 'opened', attempt, held, rest, finish: undefined };
    }
  } catch (error) {
    return { type: 'failed', failed: attempt.fail(error) };
  }
}

/** The deployment was healthy when the plan was made and is not any more: no call, no time. */
function keptShut(target: Target): FailedAttempt {
  const { deployment, gate } = target;
  const { cooldownUntilMs, credentialRefused } = gate.status();
  const coolingDown = credentialRefused || cooldownUntilMs !== undefined;
  return notCalled(target, new AdapterError('unavailable', `the gate of ${deployment.name} is shut`), {
    code: 'BREAKER_OPEN',
    message: coolingDown
      ? `${deployment.name} is left alone after a refusal.`
      : `${deployment.name} has failed too often and is being left alone.`,
  });
}

function overloaded(target: Target, { reason, retryAfterMs }: Refusal): FailedAttempt {
  const { name } = target.deployment;
  if (reason === 'aborted' || reason === 'closed') {
    const error = new AdapterError('aborted', `the wait for ${name} was over: ${reason}`);
    return notCalled(target, error, { code: 'CANCELLED', message: `The wait for ${name} was cancelled.` });
  }
  return notCalled(
    target,
    new AdapterError('queue-full', `no place at ${name}: ${reason}`, { retryAfterMs }),
    {
      code: 'OVERLOADED',
      message: `${name} has as many calls as it can bear.`,
    },
  );
}

function notCalled(target: Target, error: AdapterError, problem: AttemptProblem): FailedAttempt {
  return {
    target,
    attempt: {
      deployment: target.deployment,
      outcome: error.kind === 'aborted' ? 'cancelled' : 'failed',
      durationMs: 0,
      firstTokenMs: undefined,
      queuedMs: undefined,
      problem,
    },
    error,
    stop: undefined,
    wasCalled: false,
  };
}
