import {
  Breaker,
  defaultBreakerSettings,
  type BreakerChange,
  type CallResult,
} from '../../src/resilience/breaker.ts';
import { createFakeClock, settled, type FakeClock } from '../support/fake-clock.ts';

export interface BreakerFixture {
  readonly clock: FakeClock;
  readonly breaker: Breaker;
  readonly changes: readonly BreakerChange[];
  /** Makes a call that ends at once; throws where the breaker does not let it. */
  call(result: CallResult, times?: number): void;
  /** Fails until it opens, and waits until probes may go. */
  halfOpen(): Promise<void>;
}

/** A breaker with the default settings and, unless told otherwise, without jitter. */
export function createBreakerFixture(random: () => number = () => 0): BreakerFixture {
  const clock = createFakeClock();
  const changes: BreakerChange[] = [];
  const breaker = new Breaker({
    clock,
    random,
    settings: defaultBreakerSettings,
    onChange: (change) => changes.push(change),
  });

  function call(result: CallResult, times = 1): void {
    for (let made = 0; made < times; made += 1) {
      const permit = breaker.tryEnter();
      if (permit === undefined) throw new Error(`the breaker is ${breaker.status().state}`);
      permit.settle(result);
    }
  }

  return {
    clock,
    breaker,
    changes,
    call,
    async halfOpen() {
      call({ verdict: 'failure' }, 10);
      await clock.advanceAsync(15_000);
      await settled();
    },
  };
}
