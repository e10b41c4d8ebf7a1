import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { backOffMs } from '../../src/resilience/back-off.ts';

const almostOne = (): number => 1 - Number.EPSILON;

it('waits up to 100 ms, twice as long each time, and never longer than 5 s', () => {
  const longest = [0, 1, 2, 5, 6, 50].map((retriesMade) =>
    Math.round(backOffMs({ retriesMade, leftMs: 60_000, random: almostOne }) ?? -1),
  );
  expect(longest).toEqual([100, 200, 400, 3200, 5000, 5000]);
});

it('may not wait at all: the jitter is full', () => {
  expect(backOffMs({ retriesMade: 6, leftMs: 60_000, random: () => 0 })).toBe(0);
});

it('waits as long as the provider asks, and its jitter after that', () => {
  const wait = { retriesMade: 0, leftMs: 60_000, retryAfterMs: 3000 };
  expect(backOffMs({ ...wait, random: () => 0 })).toBe(3000);
  expect(backOffMs({ ...wait, random: () => 0.5 })).toBe(3050);
});

it.each([1000, 277_403_000, Number.POSITIVE_INFINITY, Number.NaN])(
  'does not wait for a provider that asks for %d ms when one second is left',
  (retryAfterMs) => {
    expect(backOffMs({ retriesMade: 0, leftMs: 1000, retryAfterMs, random: () => 0 })).toBeUndefined();
  },
);

it('does not wait when no time is left', () => {
  expect(backOffMs({ retriesMade: 0, leftMs: 0, random: () => 0 })).toBeUndefined();
});

it('never waits beyond the deadline, nor shorter than the provider asks, nor longer than both together', () => {
  fc.assert(
    fc.property(
      fc.record({
        retriesMade: fc.nat(2000),
        leftMs: fc.double({ min: -1000, max: 120_000, noNaN: true }),
        retryAfterMs: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      ({ retriesMade, leftMs, retryAfterMs, draw }) => {
        const delayMs = backOffMs({ retriesMade, leftMs, retryAfterMs, random: () => draw });
        const askedMs = Math.max(0, retryAfterMs ?? 0);
        if (delayMs === undefined) {
          expect(askedMs + 5000).toBeGreaterThanOrEqual(leftMs);
        } else {
          expect(delayMs).toBeLessThan(leftMs);
          expect(delayMs).toBeGreaterThanOrEqual(askedMs);
          expect(delayMs).toBeLessThanOrEqual(askedMs + 5000);
        }
      },
    ),
    { seed: 3, numRuns: 1000 },
  );
});
