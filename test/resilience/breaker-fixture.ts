import { Breaker, type BreakerChange } from '../../src/resilience/breaker.ts';
import { breakerSettingsSchema, type BreakerSettings } from '../../src/domain/breaker-settings.ts';
import type { CallResult } from '../../src/resilience/call-result.ts';
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

export interface BreakerFixtureOptions {
  /** @default no jitter, and every call passes a ramp */
  readonly random?: () => number;
  /** What differs from the defaults. */
  readonly settings?: Partial<BreakerSettings>;
}

/** A breaker on a clock to turn. */
export function createBreakerFixture({
  random = () => 0,
  settings = {},
}: BreakerFixtureOptions = {}): BreakerFixture {
  const clock = createFakeClock();
  const changes: BreakerChange[] = [];
  const breaker = new Breaker({
    clock,
    random,
    settings: breakerSettingsSchema.parse(settings),
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
