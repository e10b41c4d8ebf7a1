import type { Clock } from '../platform/clock.ts';

/** A bounded number of places for calls under way. */
export interface Places {
  /** Takes a place and returns what gives it back, once; `undefined` where none is free. */
  tryTake(): (() => void) | undefined;
}

export interface PlacesOptions {
  readonly clock: Clock;
  readonly limit: number;
  /** Who has not left by then has lost the place: a call that never ends must not hold it for ever. */
  readonly deadlineMs: number;
}

export function createPlaces({ clock, limit, deadlineMs }: PlacesOptions): Places {
  let taken = 0;
  return {
    tryTake() {
      if (taken >= limit) return undefined;
      taken += 1;
      let held = true;
      const leave = (): void => {
        cancelDeadline();
        if (held) taken -= 1;
        held = false;
      };
      const cancelDeadline = clock.after(deadlineMs, leave);
      return leave;
    },
  };
}
