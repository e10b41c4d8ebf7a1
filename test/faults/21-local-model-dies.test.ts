import { expect, test } from 'vitest';
import { modelReady } from '../support/gateway-process.ts';
import { answerOf } from './support/behaviours.ts';
import { input, overSse, stream } from './support/clients.ts';
import { report, summary } from './support/figures.ts';
import { slowestHealthMs } from './support/health.ts';
import { childrenOf, createLocalModel } from './support/local-model.ts';
import { startRig } from './support/rig.ts';

const long = {
  ...input,
  constraints: { localOnly: true },
  sampling: { maxOutputTokens: 3000 },
  timeoutMs: 30_000,
};
const short = { ...input, sampling: { maxOutputTokens: 4 }, constraints: { localOnly: true } };

test.each(['SIGKILL', 'SIGSEGV'] as const)(
  '21: a local model ended by %s fails its calls as problems and is replaced within two seconds',
  async (signal) => {
    await using local = await createLocalModel();
    await using rig = await startRig({ providers: ['remote'], deployments: [local.deployment] });
    const gateway = rig.gateway();
    await modelReady(gateway);
    await rig.ask(short);
    const [pid = 0] = childrenOf(gateway.process.pid);

    const begun = Promise.withResolvers<void>();
    const running = stream(overSse(gateway.url, long), () => begun.resolve());
    await begun.promise;
    // Has not begun, for the model answers one call at a time, and may go elsewhere.
    const waiting = rig.ask({
      ...input,
      model: 'chat',
      policy: 'cheapest',
      sampling: { maxOutputTokens: 4 },
    });
    const readyBefore = gateway.log.filter((line) => line['step'] === 'ready').length;
    const diedMs = performance.now();
    process.kill(pid, signal);
    const replaced = gateway
      .logged(() => gateway.log.filter((line) => line['step'] === 'ready').length > readyBefore)
      .then(() => performance.now() - diedMs);
    const lag = slowestHealthMs(gateway.url, replaced);
    const cut = await running;
    const cutMs = performance.now() - diedMs;
    const elsewhere = await waiting;
    const replacedMs = await replaced;
    const again = await rig.ask(short);
    report(`21 the local model gets ${signal}`, {
      ...summary([cut, elsewhere, again]),
      'ms until the client was told': cutMs,
      'ms until replaced': replacedMs,
      'slowest health answer ms': await lag,
    });
    expect(cut).toMatchObject({ result: 'problem', code: 'UPSTREAM_FAILED' });
    expect(cut.partialText).toBe(cut.delivered);
    expect(elsewhere).toMatchObject({ result: 'answer', text: answerOf('remote') });
    expect(replacedMs).toBeLessThan(2000);
    expect(again).toMatchObject({ result: 'answer', deployment: 'local' });
    expect(await lag).toBeLessThan(100);
    expect(childrenOf(gateway.process.pid)).toHaveLength(1);
  },
);

test('21: a local model that hangs in mid-answer is ended, and replaced within the time it is given', async () => {
  await using local = await createLocalModel();
  await using rig = await startRig({ providers: ['remote'], deployments: [local.deployment] });
  const gateway = rig.gateway();
  await modelReady(gateway);
  const [pid = 0] = childrenOf(gateway.process.pid);
  const begun = Promise.withResolvers<void>();
  const running = stream(overSse(gateway.url, { ...long, timeoutMs: 3000 }), () => begun.resolve());
  await begun.promise;
  const readyBefore = gateway.log.filter((line) => line['step'] === 'ready').length;
  const stoppedMs = performance.now();
  process.kill(pid, 'SIGSTOP');
  const cut = await running;
  const toldMs = performance.now() - stoppedMs;
  const replaced = gateway.logged(
    () => gateway.log.filter((line) => line['step'] === 'ready').length > readyBefore,
  );
  const limit = new Promise<'not replaced'>((resolve) => setTimeout(resolve, 8000, 'not replaced'));
  const outcome = await Promise.race([replaced.then(() => 'replaced' as const), limit]);
  const replacedMs = performance.now() - stoppedMs;
  report('21 the local model hangs', {
    ...summary([cut]),
    'ms until the client was told': toldMs,
    outcome,
    'after ms': replacedMs,
  });
  if (outcome === 'not replaced') process.kill(pid, 'SIGKILL');
  expect(cut.result).toBe('problem');
  expect(toldMs).toBeLessThan(3500);
  expect(outcome).toBe('replaced');
});
