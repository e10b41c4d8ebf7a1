import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BreakerPermit, EnterOptions, HoldOptions } from '../../src/resilience/breaker.ts';
import { defaultBreakerSettings } from '../../src/domain/breaker-settings.ts';
import type { CallResult } from '../../src/resilience/call-result.ts';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture, type BreakerFixture } from './breaker-fixture.ts';

/** A failed property prints its seed, and the shortest sequence of events that breaks it. */

type Event =
  | { readonly type: 'enter'; readonly options: EnterOptions }
  | { readonly type: 'settle'; readonly which: number; readonly result: CallResult }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'hold'; readonly options: HoldOptions }
  | { readonly type: 'reset' };

const result: fc.Arbitrary<CallResult> = fc.record({
  verdict: fc.constantFrom('success', 'success', 'failure', 'failure', 'neutral'),
  connectFailure: fc.boolean(),
  slow: fc.constantFrom(false, false, false, false, true),
  lagging: fc.constantFrom(false, false, true),
  failure: fc.constantFrom(
    { code: 'TIMEOUT', midStream: false } as const,
    { code: 'STREAM_CUT', midStream: true } as const,
  ),
});

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('enter' as const),
      options: fc.record({ panic: fc.boolean(), lastChance: fc.boolean() }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ type: fc.constant('settle' as const), which: fc.nat(), result }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1000, 10_000, 18_000, 36_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('hold' as const),
      options: fc.record({ forMs: fc.integer({ min: 1, max: 100_000 }) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const) }) },
);

const events = fc.array(anyEvent, { maxLength: 200, size: 'max' });

/** Random numbers that are used up one by one, and then again. */
const chances = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 1,
  maxLength: 20,
});

function drawnFrom(numbers: readonly number[]): () => number {
  let drawn = -1;
  return () => numbers[(drawn = (drawn + 1) % numbers.length)] ?? 0;
}

/** A call that was let in. */
interface Entered {
  readonly permit: BreakerPermit;
  readonly atMs: number;
  /** How many changes had been before: which phase it belongs to. */
  readonly phase: number;
  readonly probe: boolean;
}

interface Played extends BreakerFixture {
  readonly underWay: readonly Entered[];
}

/** Plays the events; `afterEach` sees the calls that have not ended. */
async function play(
  sequence: readonly Event[],
  random: () => number,
  afterEach: (played: Played) => void = () => undefined,
): Promise<Played> {
  // Few calls let it open often, so that the other states are seen.
  const fixture = createBreakerFixture({ random, settings: { minimumCalls: 3 } });
  const underWay: Entered[] = [];
  for (const event of sequence) {
    await step(event, fixture, underWay);
    await settled();
    afterEach({ ...fixture, underWay });
  }
  return { ...fixture, underWay };
}

async function step(event: Event, { breaker, changes, clock }: BreakerFixture, underWay: Entered[]) {
  switch (event.type) {
    case 'enter': {
      const probe = breaker.status().state === 'half-open';
      const permit = breaker.tryEnter(event.options);
      if (permit !== undefined) {
        underWay.push({ permit, atMs: clock.monotonicMs(), phase: changes.length, probe });
      }
      return;
    }
    case 'settle': {
      const [ended] = underWay.splice(event.which % Math.max(1, underWay.length), 1);
      return ended?.permit.settle(event.result);
    }
    case 'wait':
      return await clock.advanceAsync(event.ms);
    case 'hold':
      return breaker.hold(event.options);
    case 'reset':
      return breaker.reset();
  }
}

const { probes, probeDeadlineMs, openMs, maxOpenMs, jitter, windowMs, rampMs } = defaultBreakerSettings;

describe('whatever happens to a breaker', () => {
  it('while half-open no more than three calls are under way that still have their place', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(events, chances, async (sequence, numbers) => {
        await play(sequence, drawnFrom(numbers), ({ breaker, changes, clock, underWay }) => {
          if (breaker.status().state !== 'half-open') return;
          const inPlace = underWay.filter(
            ({ probe, phase, atMs }) =>
              probe && phase === changes.length && clock.monotonicMs() - atMs < probeDeadlineMs,
          );
          seen.add(inPlace.length);
          expect(inPlace.length).toBeLessThanOrEqual(probes);
        });
      }),
    );
    expect(seen).toContain(probes);
  });

  it('calls that say nothing change no state', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.array(result), chances, async (sequence, results, numbers) => {
        const { breaker, changes, underWay } = await play(sequence, drawnFrom(numbers));
        const before = changes.length;
        for (const { permit } of underWay) permit.settle({ verdict: 'neutral' });
        for (const each of results) {
          breaker.tryEnter({ panic: true })?.settle({ ...each, verdict: 'neutral' });
        }
        await settled();
        expect(changes.slice(before)).toEqual([]);
      }),
    );
  });

  it('each change begins where the last one ended, and the status agrees with it', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(events, chances, async (sequence, numbers) => {
        const { changes } = await play(sequence, drawnFrom(numbers), ({ breaker, changes: soFar }) => {
          const { state, openedAtMs, rampShare, held } = breaker.status();
          expect(state).toBe(soFar.at(-1)?.to ?? 'closed');
          expect(openedAtMs === undefined).toBe(state === 'closed');
          if (state !== 'closed') expect(rampShare).toBeUndefined();
          if (state !== 'open') expect(held).toBeUndefined();
          seen.add(held === undefined ? state : 'held');
          if (rampShare !== undefined) seen.add('ramp');
        });
        expect(changes.map(({ from }) => from)).toEqual(
          ['closed', ...changes.map(({ to }) => to)].slice(0, changes.length),
        );
      }),
    );
    expect([...seen].sort()).toEqual(['closed', 'half-open', 'held', 'open', 'ramp']);
  });

  it('the same events and random numbers let the same calls in', async () => {
    await fc.assert(
      fc.asyncProperty(events, chances, async (sequence, numbers) => {
        const trace = async () => {
          const { changes, underWay } = await play(sequence, drawnFrom(numbers));
          return { changes, underWay: underWay.map(({ atMs, phase }) => ({ atMs, phase })) };
        };
        expect(await trace()).toEqual(await trace());
      }),
    );
  });

  it('it is closed for all calls again once the deployment works and nobody holds it', async () => {
    await fc.assert(
      fc.asyncProperty(events, chances, async (sequence, numbers) => {
        const { breaker, clock } = await play(sequence, drawnFrom(numbers));
        // The longest of: an open time, a hold; then the places of probes that never end; then the ramp.
        await clock.advanceAsync(maxOpenMs * (1 + jitter) + probeDeadlineMs);
        for (let call = 0; call < 2; call += 1) breaker.tryEnter()?.settle({ verdict: 'success' });
        await settled();
        await clock.advanceAsync(rampMs);
        expect(breaker.status()).toMatchObject({ state: 'closed', rampShare: undefined });
        expect(breaker.tryEnter()).toBeDefined();
      }),
    );
  });
});

it('a closed breaker never opens while two calls succeed for each that fails', () => {
  const stretch = fc.record({
    successes: fc.integer({ min: 2, max: 6 }),
    connectFailure: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: windowMs }),
  });
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 100 }), (stretches) => {
      const { call, changes, clock } = createBreakerFixture();
      for (const { successes, connectFailure, waitMs } of stretches) {
        call({ verdict: 'success' }, successes);
        call({ verdict: 'failure', connectFailure });
        clock.advance(waitMs);
      }
      expect(changes).toEqual([]);
    }),
  );
});

it('a breaker opens whenever ten calls in a row fail within the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 100_000 }), (earlier, waitMs) => {
      const { breaker, call, clock } = createBreakerFixture();
      call({ verdict: 'success' }, earlier);
      clock.advance(waitMs);
      for (let failed = 0; failed < 10; failed += 1) breaker.tryEnter()?.settle({ verdict: 'failure' });
      expect(breaker.status().state).toBe('open');
    }),
  );
});

it('the open time never gets shorter while probes fail, and never longer than its limit', async () => {
  await fc.assert(
    fc.asyncProperty(chances, async (numbers) => {
      const { breaker, call, clock } = createBreakerFixture({ random: drawnFrom(numbers) });
      const openTimes: number[] = [];
      call({ verdict: 'failure' }, 10);
      for (let round = 0; round < 8; round += 1) {
        const lastedMs = (breaker.status().retryAtMs ?? 0) - clock.wallMs();
        openTimes.push(lastedMs);
        // A millisecond more, because sums of fractions are not exact.
        await clock.advanceAsync(lastedMs + 1);
        call({ verdict: 'failure' });
        await settled();
      }
      for (const [round, lastedMs] of openTimes.entries()) {
        const wholeMs = Math.min(maxOpenMs, openMs * 2 ** round);
        expect(lastedMs).toBeGreaterThanOrEqual(wholeMs - 0.001);
        expect(lastedMs).toBeLessThanOrEqual(wholeMs * (1 + jitter) + 0.001);
      }
    }),
  );
});
