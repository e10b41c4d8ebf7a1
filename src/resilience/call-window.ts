import type { Clock } from '../platform/clock.ts';

/** How calls went in the last while. */
export interface CallWindow {
  record(call: CountedCall): void;
  totals(): CallTotals;
}

export interface CountedCall {
  readonly failed: boolean;
  readonly slow: boolean;
}

export interface CallTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

interface Slice {
  /** Which slice of time this is, counted from the clock's start. */
  readonly index: number;
  calls: number;
  failures: number;
  slow: number;
}

const sliceCount = 10;

/**
 * Counts calls over the last `windowMs`, in ten slices of time: memory does not grow with traffic, and a call is forgotten between
 * nine and ten tenths of the window later.
 */
export function createCallWindow(clock: Clock, windowMs: number): CallWindow {
  const sliceMs = windowMs / sliceCount;
  let slices: Slice[] = [];

  /** Drops the slices that have left the window; returns the index of the current one. */
  function expire(): number {
    const current = Math.floor(clock.monotonicMs() / sliceMs);
    const [oldest] = slices;
    if (oldest !== undefined && oldest.index <= current - sliceCount) {
      slices = slices.filter(({ index }) => index > current - sliceCount);
    }
    return current;
  }

  function currentSlice(): Slice {
    const index = expire();
    const last = slices.at(-1);
    if (last?.index === index) return last;
    const slice = { index, calls: 0, failures: 0, slow: 0 };
    slices.push(slice);
    return slice;
  }

  return {
    record({ failed, slow }) {
      const slice = currentSlice();
      slice.calls += 1;
      if (failed) slice.failures += 1;
      if (slow) slice.slow += 1;
    },
    totals() {
      expire();
      const totals = { calls: 0, failures: 0, slow: 0 };
      for (const { calls, failures, slow } of slices) {
        totals.calls += calls;
        totals.failures += failures;
        totals.slow += slow;
      }
      return totals;
    },
  };
}
