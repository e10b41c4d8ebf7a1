import { expect, test } from 'vitest';
import { modelReady } from '../support/gateway-process.ts';
import { answerOf, answers, fails } from './support/behaviours.ts';
import { input, type Sample } from './support/clients.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { load, loadUntil } from './support/load.ts';
import { createLocalModel } from './support/local-model.ts';
import { startRig } from './support/rig.ts';

async function startAllDown() {
  const rig = await startRig({ providers: ['primary', 'backup'] });
  await load(rig.ask, { workers: 4, calls: 8 });
  await rig.gateway().stop();
  await rig.restart();
  for (const provider of [rig.providers.primary, rig.providers.backup]) provider.behave(fails(503));
  const calls = rig.providers.primary.calls() + rig.providers.backup.calls();
  const opened = Promise.all([rig.breakerChanged('primary', 'open'), rig.breakerChanged('backup', 'open')]);
  const falling = await loadUntil(rig.ask, { workers: 2, until: opened });
  const attempts = rig.providers.primary.calls() + rig.providers.backup.calls() - calls;
  return { rig, falling, attempts };
}

test('20: with all providers down calls fail in no time, and one that is back is found within half a minute', async () => {
  const { rig, falling, attempts } = await startAllDown();
  await using _ = rig;
  const { backup } = rig.providers;
  const down = await load(rig.ask, { workers: 4, calls: 200 });
  backup.behave(answers('backup'));
  const backMs = performance.now();
  let recoveredMs = Infinity;
  const comingBack = async (): Promise<Sample> => {
    const sample = await rig.ask();
    if (sample.result === 'answer') recoveredMs = Math.min(recoveredMs, performance.now() - backMs);
    // Clients that have been refused come back after a while.
    else await new Promise((resolve) => setTimeout(resolve, 50));
    return sample;
  };
  const closed = rig.breakerChanged('backup', 'closed');
  const recovering = await loadUntil(comingBack, { workers: 2, until: closed });
  const closedMs = performance.now() - backMs;
  const after = await load(rig.ask, { workers: 4, calls: 50 });
  report('20 all providers down', {
    ...summary(down),
    'attempts a call while falling': attempts / falling.length,
    'ms until the first answer': recoveredMs,
    'ms until the breaker closed': closedMs,
    'failed while recovering': recovering.filter(({ result }) => result !== 'answer').length,
    'availability after': `${(100 * availability(after)).toFixed(1)} %`,
  });
  expect(down.every(({ result }) => result === 'problem')).toBe(true);
  expect(
    percentile(
      down.map(({ ms }) => ms),
      0.99,
    ),
  ).toBeLessThan(200);
  expect(recoveredMs).toBeLessThan(30_000);
  expect(closedMs).toBeLessThan(30_000);
  expect(availability(after)).toBe(1);
  expect(after.at(-1)?.text).toBe(answerOf('backup'));
});

test('20: with all breakers open the gateway does not give up: a provider that is back answers the next call', async () => {
  const { rig } = await startAllDown();
  await using _ = rig;
  rig.providers.backup.behave(answers('backup'));
  rig.providers.primary.behave(answers('primary'));
  const startedMs = performance.now();
  const sample = await rig.ask();
  report('20 panic mode', { ...summary([sample]), 'ms until an answer': performance.now() - startedMs });
  expect(sample.result).toBe('answer');
});

test('20: a route that allows it is answered by the model on this machine', async () => {
  await using local = await createLocalModel();
  await using rig = await startRig({ providers: ['primary', 'backup'], deployments: [local.deployment] });
  await modelReady(rig.gateway());
  const { primary, backup } = rig.providers;
  await load(rig.ask, { workers: 4, calls: 20 });
  for (const { proxy } of [primary, backup]) await proxy.down();
  const short = { ...input, sampling: { maxOutputTokens: 4 } };
  const samples = await load(async () => await rig.ask(short), { workers: 2, calls: 60 });
  report('20 all providers refuse, a local model stands by', {
    ...summary(samples),
    'attempts a call': samples.flatMap(({ attempts }) => attempts).length / samples.length,
  });
  expect(availability(samples)).toBe(1);
  expect(new Set(samples.map(({ deployment }) => deployment))).toEqual(new Set(['local']));
  // Once the breakers are open nobody else is asked.
  expect(samples.at(-1)?.attempts).toHaveLength(1);
});
