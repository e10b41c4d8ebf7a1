import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGradientLimit, type GradientLimit } from '../../src/resilience/gradient-limit.ts';
import { defaultLimiterSettings } from '../../src/domain/limiter-settings.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

interface Second {
  /** Of the calls that ended in it. */
  readonly latenciesMs: readonly number[];
  readonly inFlight: number;
  readonly drops?: number;
}

const second = (latencyMs: number, inFlight: number): Second => ({
  latenciesMs: Array<number>(20).fill(latencyMs),
  inFlight,
});

function createFixture(settings: Partial<typeof defaultLimiterSettings> = {}) {
  const clock: FakeClock = createFakeClock();
  const limit: GradientLimit = createGradientLimit(clock, { ...defaultLimiterSettings, ...settings });
  function pass({ latenciesMs, inFlight, drops = 0 }: Second, seconds = 1): number {
    for (let passed = 0; passed < seconds; passed += 1) {
      clock.advance(1000);
      for (let drop = 0; drop < drops; drop += 1)
        limit.record({ dropped: true, latencyMs: undefined, inFlight, inFlightAtStart: inFlight });
      for (const latencyMs of latenciesMs)
        limit.record({ dropped: false, latencyMs, inFlight, inFlightAtStart: inFlight });
    }
    return limit.current();
  }
  return { limit, pass };
}

describe('the limit falls', () => {
  it('to what fits within some seconds, when every call takes much longer than usual', () => {
    const { pass } = createFixture();
    pass(second(200, 100), 10);
    expect(pass(second(2000, 200), 10)).toBeLessThan(250);
    expect(pass(second(1100, 110), 10)).toBeLessThan(120);
  });

  it('though the first calls of all were slow: that is soon forgotten', () => {
    const { pass } = createFixture({ initialLimit: 200 });
    pass(second(5000, 50));
    pass(second(200, 50), 40);
    expect(pass(second(2000, 150), 5)).toBeLessThan(180);
  });

  it('by a tenth at most in one window, however slow it was', () => {
    const { pass } = createFixture({ initialLimit: 100 });
    pass(second(100, 40), 3);
    expect(pass(second(60_000, 100))).toBeGreaterThanOrEqual(90);
  });

  it('by the share of refused calls', () => {
    const { pass } = createFixture({ initialLimit: 400 });
    const overloaded = { latenciesMs: Array<number>(10).fill(100), inFlight: 400, drops: 10 };
    expect(pass(overloaded, 8)).toBeLessThan(260);
  });

  it('no further than its minimum', () => {
    const { pass } = createFixture({ minLimit: 5 });
    expect(pass({ latenciesMs: [], inFlight: 5, drops: 20 }, 60)).toBe(5);
  });
});

describe('the limit stays', () => {
  it('when some calls take long and others do not', () => {
    const { pass } = createFixture();
    pass(second(100, 600), 10);
    const mixed = { latenciesMs: [...Array<number>(19).fill(60_000), 150], inFlight: 600 };
    expect(pass(mixed, 60)).toBeGreaterThanOrEqual(1024);
  });

  it('when calls take many times as long as usual, but the delay is not felt', () => {
    const { pass } = createFixture();
    pass(second(1, 64), 10);
    expect(pass(second(400, 1000), 60)).toBeGreaterThanOrEqual(1024);
  });

  it('when one call in fifty is refused', () => {
    const { pass } = createFixture();
    const refusing = { latenciesMs: Array<number>(49).fill(100), inFlight: 900, drops: 1 };
    expect(pass(refusing, 60)).toBeGreaterThanOrEqual(900);
  });

  it('while fewer than ten calls have been measured, and where they have no latency', () => {
    const { limit, pass } = createFixture();
    pass({ latenciesMs: Array<number>(5).fill(100), inFlight: 5 });
    pass({ latenciesMs: [], inFlight: 5, drops: 4 });
    expect(limit.current()).toBe(1024);
  });

  it('while most of it is not used', () => {
    expect(createFixture().pass(second(100, 400), 60)).toBe(1024);
  });
});

describe('the limit grows', () => {
  it('by its square root in every window in which at least half of it was used', () => {
    const { pass } = createFixture({ initialLimit: 100 });
    expect(pass(second(100, 50))).toBe(110);
    expect(pass(second(100, 56))).toBe(120);
  });

  it('from its minimum to 1000 within two minutes once the calls are fast again', () => {
    const { limit, pass } = createFixture();
    pass(second(200, 8), 30);
    pass({ latenciesMs: [], inFlight: 8, drops: 20 }, 60);
    expect(limit.current()).toBe(8);
    for (let passed = 0; passed < 120; passed += 1) pass(second(200, limit.current()));
    expect(limit.current()).toBeGreaterThan(1000);
  });

  it('again when half as many calls are as slow as all were: a slower model or longer prompts, not load', () => {
    const { limit, pass } = createFixture({ initialLimit: 200 });
    pass(second(200, 100), 60);
    let lowest = Infinity;
    for (let passed = 0; passed < 60; passed += 1) {
      lowest = Math.min(lowest, pass(second(2000, Math.min(limit.current(), 100))));
    }
    expect(lowest).toBeGreaterThan(40);
    expect(lowest).toBeLessThan(70);
    expect(limit.current()).toBeGreaterThan(100);
  });

  it('again after some minutes, where the calls cannot become fewer', () => {
    const { pass } = createFixture({ initialLimit: 200 });
    pass(second(200, 100), 60);
    expect(pass(second(2000, 100), 60)).toBeLessThan(70);
    expect(pass(second(2000, 100), 300)).toBeGreaterThan(100);
  });
});

it('the limit keeps within its bounds whatever comes', () => {
  const seconds = fc.array(
    fc.record({
      latenciesMs: fc.array(fc.double({ min: 0, noNaN: true }), { maxLength: 30 }),
      inFlight: fc.integer({ min: 1, max: 10_000 }),
      drops: fc.nat(30),
    }),
    { maxLength: 60 },
  );
  const bounds = fc.record({
    minLimit: fc.integer({ min: 1, max: 100 }),
    initialLimit: fc.integer({ min: 1, max: 2000 }),
    maxLimit: fc.integer({ min: 100, max: 1000 }),
  });
  fc.assert(
    fc.property(seconds, bounds, (all, { minLimit, initialLimit, maxLimit }) => {
      const { limit, pass } = createFixture({ minLimit, initialLimit, maxLimit });
      for (const one of all) {
        pass(one);
        expect(limit.current()).toBeGreaterThanOrEqual(minLimit);
        expect(limit.current()).toBeLessThanOrEqual(maxLimit);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

it('latencies between the usual one and twice it never lower the limit', () => {
  const seconds = fc.array(
    fc.array(fc.double({ min: 1000, max: 1999, noNaN: true }), { minLength: 10, maxLength: 20 }),
    { minLength: 1, maxLength: 100 },
  );
  fc.assert(
    fc.property(seconds, (all) => {
      const { pass } = createFixture({ initialLimit: 100 });
      pass(second(1000, 10));
      for (const latenciesMs of all) expect(pass({ latenciesMs, inFlight: 100 })).toBeGreaterThanOrEqual(100);
    }),
    { seed: 5, numRuns: 100 },
  );
});
