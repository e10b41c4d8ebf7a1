import { expect, test } from 'vitest';
import { modelReady } from '../support/gateway-process.ts';
import { ask, input, overSse, stream } from './support/clients.ts';
import { percentile, report, summary } from './support/figures.ts';
import { slowestHealthMs } from './support/health.ts';
import { createLocalModel } from './support/local-model.ts';
import { startRig } from './support/rig.ts';

/** What the model works on at once, and what may wait for it. */
const [slots, maxQueue] = [8, 32];
const local = { ...input, constraints: { localOnly: true }, timeoutMs: 30_000 };

test('26: of 200 calls at once a local model answers those that find a slot or a place in its queue, and refuses the others as overload', async () => {
  await using model = await createLocalModel();
  await using rig = await startRig({ providers: [], deployments: [model.deployment] });
  const gateway = rig.gateway();
  await modelReady(gateway);
  const given = { ...local, sampling: { maxOutputTokens: 64 } };
  await ask(gateway.url, given);

  const all = Promise.all(Array.from({ length: 200 }, () => ask(gateway.url, given)));
  const lag = slowestHealthMs(gateway.url, all);
  const samples = await all;
  const answers = samples.filter(({ result }) => result === 'answer');
  const refused = samples.filter(({ result }) => result === 'problem');
  const again = await ask(gateway.url, given);
  report('26 200 calls to 8 slots', {
    ...summary(samples),
    'p50 ms until refused': percentile(
      refused.map(({ ms }) => ms),
      0.5,
    ),
    'slowest health answer ms': await lag,
  });
  expect(answers.length).toBeGreaterThanOrEqual(slots + maxQueue);
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['OVERLOADED']));
  expect(answers.length + refused.length).toBe(200);
  expect(again.result).toBe('answer');
});

test('26: a call that waits for a slot longer than it has time ends at its deadline, and those that work go on', async () => {
  await using model = await createLocalModel();
  await using rig = await startRig({ providers: [], deployments: [model.deployment] });
  const gateway = rig.gateway();
  await modelReady(gateway);
  const leave = new AbortController();
  const long = { ...local, sampling: { maxOutputTokens: 3900 } };
  const begun = Array.from({ length: slots }, () => Promise.withResolvers<void>());
  const working = begun.map(({ resolve }) =>
    stream(overSse(gateway.url, long, leave.signal), () => resolve()),
  );
  await Promise.all(begun.map(({ promise }) => promise));

  const waiting = await Promise.all(
    Array.from({ length: slots }, () => ask(gateway.url, { ...local, timeoutMs: 300 })),
  );
  report('26 calls that cannot wait for a slot', summary(waiting));
  for (const call of waiting) {
    expect(call).toMatchObject({ result: 'problem', code: 'DEADLINE_EXCEEDED' });
    expect(call.ms).toBeLessThan(1000);
  }
  leave.abort();
  await Promise.all(working);
  expect((await ask(gateway.url, { ...local, sampling: { maxOutputTokens: 4 } })).result).toBe('answer');
});
