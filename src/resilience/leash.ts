import type { Clock } from '../platform/clock.ts';
import { driverGraceMs } from './timing.ts';

/** What ended an attempt from our side. */
export type Stop = 'caller' | 'deadline' | 'first-token';

export interface LeashOptions {
  readonly clock: Clock;
  /** The caller's. */
  readonly signal: AbortSignal;
  /** Time left for the whole call. */
  readonly leftMs: number;
  /** Time for the first part. */
  readonly firstTokenBudgetMs: number;
}

/** Holds a driver to the caller's signal and to the deadlines of one attempt. */
export interface Leash {
  /** Aborts at the first stop; of this attempt alone, so that no neighbour is hit. */
  readonly signal: AbortSignal;
  stoppedBy(): Stop | undefined;
  stop(by: Stop): void;
  /** The first part has come. */
  firstTokenCame(): void;
  /** Settles like `work`; rejects where the driver lets a stop or `hurry` pass for longer than its grace. */
  hold<Value>(work: Promise<Value>): Promise<Value>;
  /** From now on the driver has its grace to come to an end. */
  hurry(): void;
  /** Stops listening; aborts nothing. */
  end(): void;
}

export function createLeash({ clock, signal, leftMs, firstTokenBudgetMs }: LeashOptions): Leash {
  const controller = new AbortController();
  let stopped: Stop | undefined;
  let giveUp: (() => void) | undefined;
  let cancelGrace: (() => void) | undefined;

  function stop(by: Stop): void {
    if (stopped !== undefined) return;
    stopped = by;
    controller.abort();
    hurry();
  }

  function hurry(): void {
    cancelGrace?.();
    cancelGrace = clock.after(driverGraceMs, () => giveUp?.());
  }

  const onAbort = (): void => stop('caller');
  signal.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = clock.after(leftMs, () => stop('deadline'));
  const cancelFirstToken =
    firstTokenBudgetMs < leftMs ? clock.after(firstTokenBudgetMs, () => stop('first-token')) : undefined;

  return {
    signal: controller.signal,
    stoppedBy: () => stopped,
    stop,
    firstTokenCame: () => cancelFirstToken?.(),
    hold: (work) =>
      new Promise((resolve, reject) => {
        giveUp = () => reject(new Error(`the driver did not come to an end within ${driverGraceMs} ms`));
        work.then(resolve, reject);
      }),
    hurry,
    end() {
      signal.removeEventListener('abort', onAbort);
      cancelDeadline();
      cancelFirstToken?.();
      cancelGrace?.();
    },
  };
}
