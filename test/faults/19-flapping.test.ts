import { expect, test } from 'vitest';
import { z } from 'zod';
import { fails, flaps } from './support/behaviours.ts';
import { availability, report, summary } from './support/figures.ts';
import { load, loadUntil } from './support/load.ts';
import { startRig } from './support/rig.ts';
import { randomFrom, runSeed } from './support/seed.ts';

/** The time of the fault; the mark is meant for ten minutes, FAULTS_FLAPPING_SECONDS=600. */
// oxlint-disable-next-line node/no-process-env -- a test is its own composition root
const seconds = z.coerce.number().positive().default(24).parse(process.env['FAULTS_FLAPPING_SECONDS']);

test(
  '19: a primary that fails half of its calls costs clients nothing, and its breaker does not swing',
  { timeout: seconds * 1000 + 60_000 },
  async () => {
    const seed = runSeed();
    await using rig = await startRig({ providers: ['primary', 'backup'] });
    const { primary, backup } = rig.providers;
    // Sets the pace: about forty calls a second.
    for (const { proxy } of [primary, backup]) proxy.inject({ type: 'pass', latencyMs: 80 });
    primary.behave(flaps('primary', 0.5, randomFrom(seed)));
    const over = new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const samples = await loadUntil(rig.ask, { workers: 4, until: over });
    const { log } = rig.gateway();
    const opened = log.filter((line) => line['deployment'] === 'primary' && line['to'] === 'open').length;
    const amplification = (primary.calls() + backup.calls()) / samples.length;
    report(`19 flapping for ${seconds} s`, {
      seed,
      ...summary(samples),
      'breaker opened': opened,
      'calls to the flapping one': primary.calls(),
      'attempts a call': amplification,
    });
    expect(1 - availability(samples)).toBeLessThanOrEqual(0.01);
    expect(amplification).toBeLessThanOrEqual(1.1);
    expect(opened).toBeGreaterThanOrEqual(1);
    expect(opened).toBeLessThanOrEqual(Math.ceil(seconds / 15));
  },
);

test('19: with no backup, calls are tried again, but attempts stay within a tenth more than calls once all of them fail', async () => {
  await using rig = await startRig({ providers: ['primary'] });
  const { primary } = rig.providers;
  const seed = runSeed();
  primary.behave(flaps('primary', 0.04, randomFrom(seed)));
  const flapping = await loadUntil(rig.ask, {
    workers: 4,
    until: primary.until(({ calls }) => calls() >= 300),
  });
  const flappingCalls = primary.calls();
  primary.behave(flaps('primary', 1, Math.random));
  const dead = await loadUntil(rig.ask, { workers: 4, until: rig.breakerChanged('primary', 'open') });
  const deadAttempts = primary.calls() - flappingCalls;
  report('19 retries on the only target', {
    seed,
    ...summary(flapping),
    'attempts a call at 4 %': flappingCalls / flapping.length,
    'calls that failed when all did': dead.filter(({ result }) => result !== 'answer').length,
    'attempts then': deadAttempts,
  });
  // One retry makes of 4 % failures 0.16 %.
  expect(1 - availability(flapping)).toBeLessThanOrEqual(0.01);
  expect(flappingCalls / flapping.length).toBeLessThanOrEqual(1.1);
  // A full bucket allows ten or twenty retries more than the calls; then the breaker is open.
  expect(deadAttempts).toBeLessThanOrEqual(1.1 * dead.length + 20);
});

test('19: where no breaker opens, the budget alone keeps retries to a tenth of the calls', async () => {
  await using rig = await startRig({
    providers: ['primary'],
    breaker: { minimumCalls: 100_000, consecutiveFailures: 100_000 },
  });
  const { primary } = rig.providers;
  primary.behave(fails(500));
  const samples = await load(rig.ask, { workers: 8, calls: 400 });
  report('19 total failure, no breaker', {
    ...summary(samples),
    'attempts a call': primary.calls() / samples.length,
  });
  expect(availability(samples)).toBe(0);
  // The bucket is full at first, and those retries come on top.
  expect(primary.calls()).toBeLessThanOrEqual(1.1 * samples.length + 20);
});
