import { expect, test } from 'vitest';
import { modelReady, type GatewayProcess } from '../support/gateway-process.ts';
import { batchOf } from './support/batch.ts';
import { report, summary } from './support/figures.ts';
import { childrenOf, createLocalModel } from './support/local-model.ts';
import { processEnded } from './support/process-facts.ts';
import { startRig } from './support/rig.ts';
import { spin } from './support/spin.ts';

/** Before the gateway is killed. */
const states: readonly (readonly [string, (gateway: GatewayProcess, pid: number) => Promise<void>])[] = [
  ['works', () => Promise.resolve()],
  ['loops without end', spin],
];

test.each(states)(
  '01: a gateway that is killed takes along, within a second, a model that %s',
  async (what, bring) => {
    await using model = await createLocalModel({ stallTimeoutMs: 60_000 });
    await using rig = await startRig({ providers: [], deployments: [model.deployment] });
    const gateway = rig.gateway();
    await modelReady(gateway);
    const [pid = 0] = childrenOf(gateway.process.pid);
    const streams = await batchOf(8, gateway.url);
    await bring(gateway, pid);

    const ended = processEnded(pid);
    const killedMs = performance.now();
    gateway.process.kill('SIGKILL');
    await ended;
    const endedMs = performance.now() - killedMs;
    const cut = await Promise.all(streams);
    report(`01 the gateway is killed while its model ${what}`, {
      ...summary(cut),
      'ms until its model has ended': endedMs,
    });
    expect(endedMs).toBeLessThan(1000);
    expect(new Set(cut.map(({ result }) => result))).toEqual(new Set(['broken']));
  },
);
