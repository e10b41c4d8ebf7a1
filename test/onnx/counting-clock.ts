import type { AdapterClock } from '../../adapters/contract.ts';
import { conformanceContext } from '../conformance/fixture.ts';

export interface CountingClock extends AdapterClock {
  /** Timers that have neither fired nor been cancelled. */
  pendingTimers(): number;
}

/** The machine's clock, counting its timers. */
export function createCountingClock(): CountingClock {
  const { clock } = conformanceContext();
  const pending = new Set<object>();
  return {
    ...clock,
    after(delayMs, callback) {
      const timer = {};
      pending.add(timer);
      const cancel = clock.after(delayMs, () => {
        pending.delete(timer);
        callback();
      });
      return () => {
        pending.delete(timer);
        cancel();
      };
    },
    pendingTimers: () => pending.size,
  };
}
