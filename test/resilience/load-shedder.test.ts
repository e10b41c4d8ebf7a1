import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { shedForLag } from '../../src/resilience/load-shedder.ts';

const random = (): number => 0;
const taken = (lagMs: number, priority: 'batch' | 'interactive'): boolean =>
  shedForLag({ lagMs, priority, random }) === undefined;

it('a gateway that keeps up takes everything on', () => {
  expect(shedForLag({ lagMs: 199, priority: 'batch', random })).toBeUndefined();
  expect(shedForLag({ lagMs: 999, priority: 'interactive', random })).toBeUndefined();
});

it('a gateway that lags refuses batch first', () => {
  expect(shedForLag({ lagMs: 200, priority: 'batch', random })).toBe(1000);
  expect(shedForLag({ lagMs: 1000, priority: 'interactive', random })).toBe(1000);
});

it('who is refused comes back after as long as the lag lasted, and not all at once', () => {
  expect(shedForLag({ lagMs: 5000, priority: 'interactive', random })).toBe(5000);
  expect(shedForLag({ lagMs: 5000, priority: 'interactive', random: () => 0.5 })).toBe(7500);
});

it('what is refused to batch only is never refused to the interactive, and more lag is never more welcome', () => {
  const lag = fc.double({ min: 0, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(lag, lag, (oneMs, otherMs) => {
      const [lowMs, highMs] = [Math.min(oneMs, otherMs), Math.max(oneMs, otherMs)];
      if (taken(lowMs, 'batch')) expect(taken(lowMs, 'interactive')).toBe(true);
      if (taken(highMs, 'batch')) expect(taken(lowMs, 'batch')).toBe(true);
      if (taken(highMs, 'interactive')) expect(taken(lowMs, 'interactive')).toBe(true);
    }),
    { seed: 7, numRuns: 300 },
  );
});
