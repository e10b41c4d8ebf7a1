import type { BreakerSettings } from '../domain/breaker-settings.ts';

export interface OpenTimes {
  /** How long it stays open this time, in milliseconds. */
  next(): number;
  /** The next time is the first again. */
  forget(): void;
}

/** A deployment that fails again soon after it was let back is left alone for twice as long each time, up to a limit. */
export function createOpenTimes(
  { openMs, maxOpenMs, jitter }: BreakerSettings,
  random: () => number,
): OpenTimes {
  let opensInARow = 0;
  return {
    next() {
      const wholeMs = Math.min(maxOpenMs, openMs * 2 ** opensInARow);
      opensInARow += 1;
      return wholeMs * (1 + jitter * random());
    },
    forget() {
      opensInARow = 0;
    },
  };
}
