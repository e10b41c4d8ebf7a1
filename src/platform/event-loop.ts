import type { Clock } from './clock.ts';

/** How late the event loop is: while it runs one thing for long, everything else waits. */
export interface EventLoopMonitor {
  /** The longest delay of the last second, in milliseconds; one that still goes on counts as far as it has come. */
  lagMs(): number;
  /** The lag that two looks in a row have found: one block is over by the time anybody could be turned away for it. */
  sustainedLagMs(): number;
  /** Whether times measured now tell more about this process than about the world. */
  lagging(): boolean;
  /** Stops the timer. */
  close(): void;
}

export interface EventLoopOptions {
  readonly clock: Clock;
  /** Lag from which on the loop is `lagging`, in milliseconds. @default 200 */
  readonly laggingMs?: number;
  /** Gets the delay of every tick, for a metric. */
  readonly onTick?: (lagMs: number) => void;
}

/** Often enough to see every block of twice that length, seldom enough to cost nothing. */
const tickMs = 100;
const remembered = 10;

/**
 * Measures how late a timer is. The histogram of `monitorEventLoopDelay` is not used: each `reset`, which the latest value needs,
 * blinds it until its next tick, so that a block which begins there goes unseen.
 */
export function monitorEventLoop({ clock, laggingMs = 200, onTick }: EventLoopOptions): EventLoopMonitor {
  const lags: number[] = [];
  let sustainedMs = 0;
  let dueMs = 0;
  let cancelTimer: () => void;

  const latenessMs = (): number => Math.max(0, clock.monotonicMs() - dueMs);

  function schedule(): void {
    dueMs = clock.monotonicMs() + tickMs;
    cancelTimer = clock.after(tickMs, tick);
  }

  function tick(): void {
    const lagMs = latenessMs();
    lags.push(lagMs);
    if (lags.length > remembered) lags.shift();
    sustainedMs = Math.max(0, ...lags.slice(1).map((later, index) => Math.min(later, lags[index] ?? 0)));
    schedule();
    onTick?.(lagMs);
  }

  const longestMs = (): number => Math.max(latenessMs(), ...lags);
  schedule();
  return {
    lagMs: longestMs,
    // Every call asks, so what the ticks tell has been worked out by them.
    sustainedLagMs: () => Math.max(sustainedMs, Math.min(lags.at(-1) ?? 0, latenessMs())),
    lagging: () => longestMs() >= laggingMs,
    close: () => cancelTimer(),
  };
}
