import { AdapterError } from '../../adapters/errors.ts';
import type { AttemptProblem } from '../domain/attempt.ts';
import { shortest } from '../domain/tactics.ts';
import { RunningAttempt, type FailedAttempt, type Finish, type Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import type { Permit } from './gate.ts';
import type { Refusal, Slot } from './limiter.ts';
import { firstTokenBudgetMs, patienceWith } from './timing.ts';
import type { PieceSource, Work } from './work.ts';

/** An attempt that has begun to answer. What came before and with the first content has been held back. */
export interface Opened<Piece, End> {
  readonly type: 'opened';
  readonly attempt: RunningAttempt;
  readonly held: readonly Piece[];
  readonly source: PieceSource<Piece, End>;
  /** Where the answer is whole already. */
  readonly finish: End | undefined;
}

export type Opening<Piece, End> =
  | Opened<Piece, End>
  | { readonly type: 'failed'; readonly failed: FailedAttempt };

export interface Launch {
  readonly options: ExecutionOptions;
  readonly target: Target;
  readonly leftMs: number;
  /** Whether another target could still be tried. */
  readonly othersWait: boolean;
  readonly onStart: (attempt: RunningAttempt) => void;
}

/** What may be held back before the answer is handed out as it comes. */
const mostHeld = { pieces: 64, bytes: 256 * 1024 };

/** Admits one call and follows it to its commit point: as long as it has shown no content, another target may take over unseen. */
export async function open<Piece, End extends Finish>(
  launch: Launch,
  work: Work<Piece, End>,
): Promise<Opening<Piece, End>> {
  const { target, options, othersWait, onStart } = launch;
  const slot = target.limiter.tryAcquire() ?? (await inLine(launch));
  if (!slot.admitted) return { type: 'failed', failed: overloaded(target, slot) };
  const permit = target.gate.tryEnter({ panic: options.panic, lastChance: !othersWait });
  if (permit === undefined) {
    slot.release({ outcome: 'ignored' });
    return { type: 'failed', failed: keptShut(target) };
  }
  const attempt = startAttempt(launch, work.whole, { slot, permit });
  onStart(attempt);
  return await untilContent(work, target, attempt);
}

/** Only who has no other target waits for a place. */
async function inLine({ target, options, leftMs, othersWait }: Launch): Promise<Slot | Refusal> {
  const { environment, priority, signal } = options;
  const deadlineMs = environment.clock.monotonicMs() + (othersWait ? 0 : leftMs);
  return await target.limiter.acquire({ priority, deadlineMs, signal });
}

function startAttempt(
  { options, target, leftMs, othersWait }: Launch,
  whole: boolean,
  admission: { readonly slot: Slot; readonly permit: Permit },
): RunningAttempt {
  const { tactics, environment, signal } = options;
  const { clock, lagging, onAdapterBug } = environment;
  const patience = patienceWith(target.deployment, whole);
  const deadlines = shortest(tactics.deadlines, options.deadlines);
  const budgetMs = firstTokenBudgetMs(patience, leftMs, othersWait);
  return new RunningAttempt({
    ...admission,
    target,
    clock,
    signal,
    leftMs,
    lagging,
    onAdapterBug,
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
  target: Target,
  attempt: RunningAttempt,
): Promise<Opening<Piece, End>> {
  const held: Piece[] = [];
  let bytes = 0;
  let source: PieceSource<Piece, End> | undefined;
  try {
    source = work.start(target, attempt);
    for (;;) {
      const step = await source.next();
      if (step.type === 'end') {
        attempt.commit();
        return { type: 'opened', attempt, held, source, finish: step.end };
      }
      held.push(step.piece);
      bytes += work.bytes(step.piece);
      const isFull = held.length >= mostHeld.pieces || bytes >= mostHeld.bytes;
      // An answer in one piece is as good as whole: its end is the next that comes.
      if (!isFull && (work.whole || !work.isContent(step.piece))) continue;
      attempt.commit();
      return { type: 'opened', attempt, held, source, finish: undefined };
    }
  } catch (error) {
    await source?.release();
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
