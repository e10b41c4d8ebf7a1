import type { Attempt } from '../domain/attempt.ts';
import type { FailedAttempt, Finish, RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import { open, type Opened, type Opening, type Work } from './opening.ts';
import type { Schedule, TryStep } from './schedule.ts';

export interface Contest<Piece, End extends Finish> {
  readonly options: ExecutionOptions;
  readonly work: Work<Piece, End>;
  readonly schedule: Schedule;
  readonly step: TryStep;
}

export interface ContestEnd<Piece, End extends Finish> {
  /** Who began to answer first; `undefined` where nobody did. */
  readonly winner: Opened<Piece, End> | undefined;
  readonly failed: readonly FailedAttempt[];
  /** Who was asked in vain because another was faster. */
  readonly left: readonly Attempt[];
}

/** Opens an attempt at the target, and a second one at the next in line where the first stays silent and the tactics hedge. */
export async function compete<Piece, End extends Finish>(
  contest: Contest<Piece, End>,
): Promise<ContestEnd<Piece, End>> {
  const { options, step } = contest;
  const first = launch(contest, step.target);
  const afterMs = hedgeAfterMs(options, step);
  if (afterMs === undefined || (await isFasterThan(afterMs, first.opening, options))) {
    return await race([first]);
  }
  const second = hedge(contest);
  return await race(second === undefined ? [first] : [first, second]);
}

/** Silence after which the other is asked too; `undefined` where it must not or need not be. */
function hedgeAfterMs(
  { tactics, hedgeable, whole }: ExecutionOptions,
  { target, other }: TryStep,
): number | undefined {
  if (tactics.hedge === undefined || other === undefined || !hedgeable) return undefined;
  const { after } = tactics.hedge;
  if (after !== 'p95') return after;
  // A whole answer shows its first token with its last.
  return whole ? undefined : target.p95FirstTokenMs();
}

async function isFasterThan(
  limitMs: number,
  opening: Promise<unknown>,
  { clock }: ExecutionOptions,
): Promise<boolean> {
  const silence = Promise.withResolvers<false>();
  const cancel = clock.after(limitMs, () => silence.resolve(false));
  const faster = await Promise.race([opening.then(() => true), silence.promise]);
  cancel();
  return faster;
}

/** Asks the other beside the first, where the calls so far have earned a hedge. */
function hedge<Piece, End extends Finish>(contest: Contest<Piece, End>): Launch<Piece, End> | undefined {
  const { options, schedule, step } = contest;
  const { tactics, budgets } = options;
  if (step.other === undefined || tactics.hedge === undefined) return undefined;
  if (!budgets.hedges.tryTake(tactics.hedge.maxShare)) return undefined;
  schedule.takeOther();
  return launch(contest, step.other);
}

async function race<Piece, End extends Finish>(
  launches: readonly Launch<Piece, End>[],
): Promise<ContestEnd<Piece, End>> {
  const failed: FailedAttempt[] = [];
  let running = launches;
  while (running.length > 0) {
    const { launched, opening } = await Promise.race(
      running.map(async (each) => ({ launched: each, opening: await each.opening })),
    );
    running = running.filter((each) => each !== launched);
    if (opening.type === 'opened') {
      return { winner: opening, failed, left: running.flatMap((each) => each.leave() ?? []) };
    }
    failed.push(opening.failed);
  }
  return { winner: undefined, failed, left: [] };
}

interface Launch<Piece, End extends Finish> {
  readonly opening: Promise<Opening<Piece, End>>;
  /** Cancels the attempt; `undefined` where none has begun. */
  leave(): Attempt | undefined;
}

function launch<Piece, End extends Finish>(
  { options, work, step }: Contest<Piece, End>,
  target: Target,
): Launch<Piece, End> {
  const { leftMs, other } = step;
  let attempt: RunningAttempt | undefined;
  let isLeft = false;
  const opening = open({ ...options, target, leftMs, othersWait: other !== undefined }, work, (started) => {
    attempt = started;
    // It had waited for its place until now, when nobody wants it any more.
    if (isLeft) started.leave();
  });
  return {
    opening,
    leave() {
      isLeft = true;
      void opening.then(releaseUnwanted);
      return attempt?.leave();
    },
  };
}

/** The driver of a loser lets go of its stream on its own. */
async function releaseUnwanted<Piece, End extends Finish>(opening: Opening<Piece, End>): Promise<void> {
  if (opening.type === 'opened') await letGo(opening.rest);
}

/** Ends a generator that still has something to say. */
export async function letGo<Piece, End>(rest: AsyncGenerator<Piece, End>): Promise<void> {
  // A generator that is told to return gives back what it is handed, which nobody looks at here.
  await rest.return(undefined as never);
}
