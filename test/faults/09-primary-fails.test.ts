import { expect, test } from 'vitest';
import { answerOf, fails } from './support/behaviours.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { load } from './support/load.ts';
import { startRig } from './support/rig.ts';

test('9: a primary that answers 500 to all is left alone after ten calls, and the backup answers within a second', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { primary, backup } = rig.providers;
  await load(rig.ask, { workers: 8, calls: 200 });
  const healthy = await load(rig.ask, { workers: 8, calls: 200 });
  // A gateway without a past, so that the calls until it notices are those of the fault.
  await rig.gateway().stop();
  await rig.restart();
  const before = await rig.quiet();

  primary.behave(fails(500));
  const [failedFrom, startedMs] = [primary.calls(), performance.now()];
  const opened = rig.breakerChanged('primary', 'open').then(() => performance.now() - startedMs);
  // One by one, for calls that are under way when the breaker opens cannot be taken back.
  const detecting = await load(rig.ask, { workers: 1, calls: 20 });
  const tried = primary.calls() - failedFrom;
  const samples = [...detecting, ...(await load(rig.ask, { workers: 8, calls: 500 }))];
  const attempts = primary.calls() - failedFrom + samples.length;
  const leftAlone = primary.calls() - failedFrom - tried;

  await rig.breakerChanged('primary', 'half-open');
  const probing = await load(rig.ask, { workers: 8, calls: 100 });
  const probes = primary.calls() - failedFrom - tried - leftAlone;
  const after = await rig.quiet();

  report('9 the primary answers 500', {
    ...summary(samples, healthy),
    'attempts a call': attempts / samples.length,
    'calls until open': tried,
    'ms until open': await opened,
    'calls while open': leftAlone,
    'probes when half-open': probes,
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  expect(availability([...samples, ...probing])).toBeGreaterThanOrEqual(0.999);
  expect(new Set(samples.map(({ text }) => text))).toEqual(new Set([answerOf('backup')]));
  expect(backup.calls()).toBe(samples.length + probing.length);
  expect(
    percentile(
      detecting.map(({ ms }) => ms),
      0.95,
    ),
  ).toBeLessThan(1000);
  expect(tried).toBeLessThanOrEqual(10);
  expect(leftAlone).toBe(0);
  expect(probes).toBeLessThanOrEqual(3);
  expect(attempts / samples.length).toBeLessThanOrEqual(1.1);
  expect(after).toEqual(before);
});

test('9: so is one that has answered well a moment before', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { primary } = rig.providers;
  await load(rig.ask, { workers: 8, calls: 300 });
  primary.behave(fails(500));
  const before = primary.calls();
  const samples = await load(rig.ask, { workers: 1, calls: 50 });
  const tried = primary.calls() - before;
  report('9 the primary answers 500 after 300 good answers', {
    ...summary(samples),
    'calls until open': tried,
  });
  expect(availability(samples)).toBe(1);
  expect(tried).toBeLessThanOrEqual(10);
});
