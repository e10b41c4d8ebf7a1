/** How fast places become free while somebody waits for one. */
export interface DrainRate {
  /** A place has become free, and somebody takes it. */
  freed(nowMs: number): void;
  /** A place has become free that nobody waits for: the time until the next `freed` says nothing. */
  idle(): void;
  /**
   * How long one with so many before it in line is likely to wait; `undefined` before anything is known. The first in line waits
   * for no measured time: were it turned away, a rate that is out of date would never be measured anew.
   */
  waitMs(ahead: number, nowMs: number): number | undefined;
}

/** Weight of the newest gap: about the last ten count. */
const newestWeight = 0.2;

export function createDrainRate(): DrainRate {
  let lastMs: number | undefined;
  let gapMs: number | undefined;
  return {
    freed(nowMs) {
      if (lastMs !== undefined) {
        const newest = nowMs - lastMs;
        gapMs = gapMs === undefined ? newest : gapMs + newestWeight * (newest - gapMs);
      }
      lastMs = nowMs;
    },
    idle() {
      lastMs = undefined;
    },
    waitMs(ahead, nowMs) {
      if (ahead === 0) return 0;
      if (gapMs === undefined) return undefined;
      // A deployment that has given no place for a while is likely to take as long again.
      return Math.max(ahead * gapMs, lastMs === undefined ? 0 : nowMs - lastMs);
    },
  };
}
