import type { Attempt } from '../domain/attempt.ts';
import type { FailedAttempt, Finish, RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import { open, type Opened, type Opening } from './opening.ts';
import type { Schedule, TryStep } from './schedule.ts';
import type { Work } from './work.ts';

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
  const { step } = contest;
  const first = launch(contest, step.target);
  const afterMs = hedgeAfterMs(contest);
  if (afterMs === undefined) return onlyOne(await first.opening);
  if (await isFasterThan(afterMs, first.opening, contest.options)) return onlyOne(await first.opening);
  const second = hedge(contest);
  return await race(second === undefined ? [first] : [first, second]);
}

function onlyOne<Piece, End extends Finish>(opening: Opening<Piece, End>): ContestEnd<Piece, End> {
  return opening.type === 'opened'
    ? { winner: opening, failed: none, left: none }
    : { winner: undefined, failed: [opening.failed], left: none };
}

const none: readonly never[] = [];

/** Silence after which the other is asked too; `undefined` where it must not or need not be. */
function hedgeAfterMs<Piece, End extends Finish>({
  options,
  work,
  step,
}: Contest<Piece, End>): number | undefined {
  const { hedge: tactics } = options.tactics;
  if (tactics === undefined || step.other === undefined || !work.hedgeable) return undefined;
  if (tactics.after !== 'p95') return tactics.after;
  // A whole answer shows its first token with its last.
  return work.whole ? undefined : step.target.p95FirstTokenMs();
}

async function isFasterThan(
  limitMs: number,
  opening: Promise<unknown>,
  { environment: { clock } }: ExecutionOptions,
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
  const onStart = (started: RunningAttempt): void => {
    attempt = started;
    // It had waited for its place until now, when nobody wants it any more.
    if (isLeft) started.leave();
  };
  const opening = open({ options, target, leftMs, othersWait: other !== undefined, onStart }, work);
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
  if (opening.type === 'opened') await opening.source.release();
}
