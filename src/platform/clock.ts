import type { AdapterClock } from '../../adapters/contract.ts';

/** Time, passed in so that tests can turn it. */
export type Clock = AdapterClock;

/** The machine's clocks. Its timers never keep the process alive. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
