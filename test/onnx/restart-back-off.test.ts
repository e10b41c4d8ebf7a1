import { expect, test } from 'vitest';
import { createRestartBackOff } from '../../adapters/onnx/restart-back-off.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const restart = { initialDelayMs: 250, maxDelayMs: 60_000 };

function scene() {
  const clock = createFakeClock();
  return { clock, backOff: createRestartBackOff({ restart, clock, random: () => 1 }) };
}

test('waits double from crash to crash, and the fifth within a minute makes it a loop', () => {
  const { backOff } = scene();
  const waits = [1, 2, 3, 4].map(() => backOff.afterCrashMs());
  expect(waits).toEqual([250, 500, 1000, 2000]);
  expect(backOff.inLoop()).toBe(false);
  expect(backOff.afterCrashMs()).toBe(60_000);
  expect(backOff.inLoop()).toBe(true);
});

test('crashes of more than a minute ago are forgiven', () => {
  const { backOff, clock } = scene();
  for (const _ of [1, 2, 3, 4]) backOff.afterCrashMs();
  clock.advance(60_000);
  expect(backOff.afterCrashMs()).toBe(250);
});

test('a loop is over once the model was up for a minute after its longest wait', () => {
  const { backOff, clock } = scene();
  for (const _ of [1, 2, 3, 4, 5]) backOff.afterCrashMs();
  clock.advance(119_999);
  expect(backOff.inLoop()).toBe(true);
  clock.advance(1);
  expect(backOff.inLoop()).toBe(false);
});

test('half of a wait is left to chance', () => {
  const backOff = createRestartBackOff({ restart, clock: createFakeClock(), random: () => 0 });
  expect(backOff.afterCrashMs()).toBe(125);
});
