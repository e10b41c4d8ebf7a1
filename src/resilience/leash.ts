import { AdapterError } from '../../adapters/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { driverGraceMs } from './timing.ts';

/** What ended an attempt from our side. */
export type Stop = 'caller' | 'deadline' | 'first-token' | 'idle';

export interface LeashOptions {
  readonly clock: Clock;
  /** The caller's. */
  readonly signal: AbortSignal;
  /** Time left for the whole call. */
  readonly leftMs: number;
  /** Time for the first part. */
  readonly firstTokenBudgetMs: number;
  /** Longest wait for a further part. */
  readonly idleMs: number | undefined;
}

/** Holds a driver to the caller's signal and to the deadlines of one attempt. */
export interface Leash {
  /** Aborts at the first stop; of this attempt alone, so that no neighbour is hit. */
  readonly signal: AbortSignal;
  stoppedBy(): Stop | undefined;
  stop(by: Stop): void;
  /** The first part has come. */
  firstTokenCame(): void;
  /** Settles like `work`, and rejects once the attempt is stopped, or where the driver lets `hurry` pass for longer than its grace. */
  hold<Value>(work: Promise<Value>): Promise<Value>;
  /** From now on the driver has its grace to come to an end. */
  hurry(): void;
  /** Stops listening; aborts nothing. */
  end(): void;
}

export function createLeash(options: LeashOptions): Leash {
  const { clock, signal, leftMs, firstTokenBudgetMs, idleMs } = options;
  const controller = new AbortController();
  let stopped: Stop | undefined;
  let giveUp: (() => void) | undefined;
  let cancelGrace: (() => void) | undefined;

  function stop(by: Stop): void {
    if (stopped !== undefined) return;
    stopped = by;
    controller.abort(leashed);
    hurry();
  }

  function hurry(): void {
    cancelGrace?.();
    cancelGrace = clock.after(driverGraceMs, () => giveUp?.());
  }

  const onAbort = (): void => stop('caller');
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = clock.after(leftMs, () => stop('deadline'));
  const cancelFirstToken =
    firstTokenBudgetMs < leftMs ? clock.after(firstTokenBudgetMs, () => stop('first-token')) : undefined;
  const idle = idleMs === undefined ? undefined : createIdleWatch(clock, idleMs, () => stop('idle'));
  let hasFirstToken = false;
  let hurrying = false;

  return {
    signal: controller.signal,
    stoppedBy: () => stopped,
    stop,
    firstTokenCame() {
      hasFirstToken = true;
      cancelFirstToken?.();
    },
    hold<Value>(work: Promise<Value>) {
      if (hasFirstToken) idle?.waitBegins();
      return new Promise<Value>((resolve, reject) => {
        giveUp = () => reject(new Error(`the driver did not come to an end within ${driverGraceMs} ms`));
        const arrived = (value: Value): void => {
          idle?.waitEnds();
          if (stopped === undefined || hurrying) resolve(value);
          else reject(stoppedError);
        };
        work.then(arrived, reject);
      });
    },
    hurry() {
      hurrying = true;
      hurry();
    },
    end() {
      signal.removeEventListener('abort', onAbort);
      cancelDeadline();
      cancelFirstToken?.();
      cancelGrace?.();
      idle?.close();
    },
  };
}

/** Why says `stoppedBy`; shared, since an error of its own costs a stack trace. */
const stoppedError = new AdapterError('aborted', 'the attempt was stopped');

/** The reason of every abort here. Shared, since the one that is made without costs a stack trace; `stoppedBy` tells more. */
const leashed = new DOMException('The attempt was stopped.', 'AbortError');

interface IdleWatch {
  readonly waitBegins: () => void;
  readonly waitEnds: () => void;
  readonly close: () => void;
}

/** One timer for many short waits: when it rings, it is set again for what is left of the wait under way. */
function createIdleWatch(clock: Clock, limitMs: number, expire: () => void): IdleWatch {
  let waitingSinceMs: number | undefined;
  let cancelTimer: (() => void) | undefined;

  function ring(): void {
    cancelTimer = undefined;
    if (waitingSinceMs === undefined) return;
    const leftMs = waitingSinceMs + limitMs - clock.monotonicMs();
    if (leftMs <= 0) expire();
    else cancelTimer = clock.after(leftMs, ring);
  }

  return {
    waitBegins() {
      waitingSinceMs = clock.monotonicMs();
      cancelTimer ??= clock.after(limitMs, ring);
    },
    waitEnds() {
      waitingSinceMs = undefined;
    },
    close() {
      waitingSinceMs = undefined;
      cancelTimer?.();
    },
  };
}
