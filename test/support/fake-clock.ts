import type { Clock } from '../../src/platform/clock.ts';

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Moves both clocks on and fires what falls due, in order of time, with the clocks standing at that time. */
  advance(byMs: number): void;
  /** Like `advance`, but lets promises run before, between and after the timers. */
  advanceAsync(byMs: number): Promise<void>;
  /** Sets the wall clock back or forth, as an operator or NTP does; no timer notices. */
  jumpWall(byMs: number): void;
  /** How many timers wait: 0 at the end of a test says that nothing was left behind. */
  pendingTimers(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Begins at 2026-01-01T00:00:00Z on the wall, 1000 on the monotonic clock. */
export function createFakeClock(startWallMs = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Timer>();
  let nowMs = 1000;
  let wallOffsetMs = startWallMs - nowMs;

  function fireNext(untilMs: number): boolean {
    const next = earliest(timers);
    if (next === undefined || next.dueMs > untilMs) return false;
    timers.delete(next);
    nowMs = Math.max(nowMs, next.dueMs);
    next.callback();
    return true;
  }

  return {
    wallMs: () => nowMs + wallOffsetMs,
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const timer: Timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
    async advanceAsync(byMs) {
      await settled();
      const untilMs = nowMs + byMs;
      while (fireNext(untilMs)) await settled();
      nowMs = untilMs;
      await settled();
    },
    jumpWall(byMs) {
      wallOffsetMs += byMs;
    },
    pendingTimers: () => timers.size,
  };
}

/** Resolves when every promise that could go on without the outside world has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Of two timers for the same moment the older one: a Set keeps the order of insertion. */
function earliest(timers: ReadonlySet<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (first === undefined || timer.dueMs < first.dueMs) first = timer;
  }
  return first;
}
