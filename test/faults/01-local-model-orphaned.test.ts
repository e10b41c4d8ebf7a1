import { expect, test } from 'vitest';
import { modelReady } from '../support/gateway-process.ts';
import { batchOf } from './support/batch.ts';
import { report, summary } from './support/figures.ts';
import { childrenOf, createLocalModel } from './support/local-model.ts';
import { processEnded } from './support/process-facts.ts';
import { startRig } from './support/rig.ts';

test('01: a gateway killed in the middle of a batch takes its models along within a second', async () => {
  await using model = await createLocalModel();
  await using rig = await startRig({ providers: [], deployments: [model.deployment] });
  const gateway = rig.gateway();
  await modelReady(gateway);
  const [pid] = childrenOf(gateway.process.pid);
  const streams = await batchOf(8, gateway.url);

  const ended = processEnded(pid);
  const killedMs = performance.now();
  gateway.process.kill('SIGKILL');
  await ended;
  const endedMs = performance.now() - killedMs;
  const cut = await Promise.all(streams);
  report('01 the gateway is killed in the middle of a batch', {
    ...summary(cut),
    'ms until its model has ended': endedMs,
  });
  expect(endedMs).toBeLessThan(1000);
  expect(new Set(cut.map(({ result }) => result))).toEqual(new Set(['broken']));
});
