import { Limiter, type Refusal, type Slot } from '../../src/resilience/limiter.ts';
import { defaultLimiterSettings, type LimiterSettings } from '../../src/domain/limiter-settings.ts';
import type { Priority } from '../../src/domain/request.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export interface LimiterFixture {
  readonly clock: FakeClock;
  readonly limiter: Limiter;
  /** Takes free slots; throws where there are too few. */
  take(count: number): Slot[];
  acquire(options?: {
    readonly priority?: Priority;
    readonly leftMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<Slot | Refusal>;
}

export function createLimiterFixture(settings: Partial<LimiterSettings> = {}): LimiterFixture {
  const clock = createFakeClock();
  const limiter = new Limiter({ clock, settings: { ...defaultLimiterSettings, ...settings } });
  return {
    clock,
    limiter,
    take: (count) =>
      Array.from({ length: count }, () => {
        const slot = limiter.tryAcquire();
        if (slot === undefined) throw new Error(`no slot left: ${JSON.stringify(limiter.status())}`);
        return slot;
      }),
    acquire: ({ priority = 'interactive', leftMs = 60_000, signal = new AbortController().signal } = {}) =>
      limiter.acquire({ priority, deadlineMs: clock.monotonicMs() + leftMs, signal }),
  };
}

/** A limiter that never changes its limit. */
export function createFixedLimiterFixture(
  limit: number,
  settings: Partial<LimiterSettings> = {},
): LimiterFixture {
  return createLimiterFixture({ minLimit: limit, initialLimit: limit, maxLimit: limit, ...settings });
}
