import { expect, test } from 'vitest';
import { modelReady, type GatewayProcess, type LogLine } from '../support/gateway-process.ts';
import { answerOf } from './support/behaviours.ts';
import { batchOf } from './support/batch.ts';
import { input } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import { slowestHealthMs } from './support/health.ts';
import { childrenOf, createLocalModel } from './support/local-model.ts';
import { startRig } from './support/rig.ts';
import { spin } from './support/spin.ts';

const local = { ...input, constraints: { localOnly: true } };

type Harm = (gateway: GatewayProcess, pid: number) => void | Promise<void>;

const harms: readonly (readonly [string, Harm])[] = [
  ['is killed', (_gateway, pid) => void process.kill(pid, 'SIGKILL')],
  ['is stopped', (_gateway, pid) => void process.kill(pid, 'SIGSTOP')],
  ['loops without end', spin],
];

const isReady = (line: LogLine): boolean => line['step'] === 'ready';

test.each(harms)(
  '21: a local model that %s in the middle of a batch fails its calls as problems and is replaced',
  async (what, harm) => {
    // A loop is told from a long run only by the time it is given. Of the default, a second, a busy machine would leave too little for the rest.
    await using model = await createLocalModel({ stallTimeoutMs: 500 });
    await using rig = await startRig({ providers: ['remote'], deployments: [model.deployment] });
    const gateway = rig.gateway();
    await modelReady(gateway);
    const [pid = 0] = childrenOf(gateway.process.pid);
    const streams = await batchOf(8, gateway.url);
    const readyBefore = gateway.log.filter(isReady).length;

    await harm(gateway, pid);
    const harmedMs = performance.now();
    const replaced = gateway
      .logged(() => gateway.log.filter(isReady).length > readyBefore)
      .then(() => performance.now() - harmedMs);
    const lag = slowestHealthMs(gateway.url, replaced);
    const cut = await Promise.all(streams);
    const toldMs = performance.now() - harmedMs;
    const elsewhere = await rig.ask({ ...input, sampling: { maxOutputTokens: 4 } });
    const replacedMs = await replaced;
    const again = await rig.ask({ ...local, sampling: { maxOutputTokens: 4 } });

    report(`21 the local model ${what} in the middle of a batch`, {
      ...summary([...cut, elsewhere, again]),
      'ms until all callers were told': toldMs,
      'ms until replaced': replacedMs,
      'slowest health answer ms': await lag,
    });
    for (const one of cut) {
      expect(one).toMatchObject({ result: 'problem', code: 'UPSTREAM_FAILED' });
      expect(one.partialText).toBe(one.delivered);
    }
    expect(elsewhere).toMatchObject({ result: 'answer', text: answerOf('remote') });
    expect(replacedMs).toBeLessThan(2000);
    expect(await lag).toBeLessThan(100);
    expect(again).toMatchObject({ result: 'answer', deployment: 'local' });
    const [child, ...more] = childrenOf(gateway.process.pid);
    expect(more).toEqual([]);
    expect(child).not.toBe(pid);
  },
);
