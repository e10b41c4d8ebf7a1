import { expect, test } from 'vitest';
import { answerOf } from './support/behaviours.ts';
import { input, overSse, stream, type Sample } from './support/clients.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { healthy as noFault } from './support/fault.ts';
import { load } from './support/load.ts';
import { startRig } from './support/rig.ts';
import { startUnreachable, type Unreachable } from './support/unreachable.ts';

const timeouts = { connectMs: 300, headersMs: 500 };

test('11: a primary that accepts and says nothing costs the headers timeout until its breaker opens, and no socket', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'], timeouts });
  const { primary } = rig.providers;
  const streamed = async (): Promise<Sample> => await stream(overSse(rig.gateway().url));
  await load(streamed, { workers: 8, calls: 200 });
  const healthy = await load(streamed, { workers: 8, calls: 100 });
  await rig.gateway().stop();
  await rig.restart();
  const before = await rig.quiet();
  primary.proxy.inject({ type: 'black-hole' });
  const startedMs = performance.now();
  const opened = rig.breakerChanged('primary', 'open').then(() => performance.now() - startedMs);
  const waiting = await load(streamed, { workers: 8, calls: 16 });
  const samples = [...waiting, ...(await load(streamed, { workers: 8, calls: 200 }))];
  const openMs = await opened;
  const after = await rig.quiet();
  report('11 accept and silence', {
    ...summary(samples, healthy),
    'slowest ms': Math.max(...samples.map(({ ms }) => ms)),
    'ms until open': openMs,
    'attempts a call': (samples.length + primary.proxy.accepted()) / samples.length,
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  expect(availability(samples)).toBe(1);
  expect(new Set(samples.map(({ text }) => text))).toEqual(new Set([answerOf('backup')]));
  expect(Math.max(...samples.map(({ ms }) => ms))).toBeLessThan(timeouts.headersMs + 500);
  expect(after).toEqual(before);
});

/** A rig whose first provider is an address where SYNs are dropped. */
async function startUnreachableRig(unreachable: Unreachable, limits: Readonly<Record<string, number>>) {
  return await startRig({
    providers: ['backup'],
    deployments: [
      {
        name: 'primary',
        model: 'chat',
        kind: 'openai',
        options: { model: 'gpt-test', baseUrl: unreachable.baseUrl, timeouts: limits },
        prices: { inputUsdPerMillionTokens: '0.1', outputUsdPerMillionTokens: '0.4' },
        quality: 1,
      },
    ],
  });
}

test('11: a primary whose SYNs are dropped costs the connect timeout until its breaker opens after five', async () => {
  await using unreachable = await startUnreachable();
  await using rig = await startUnreachableRig(unreachable, { connectMs: 400, headersMs: 5000 });
  const before = await rig.quiet();
  const samples = await load(rig.ask, { workers: 1, calls: 8 });
  const waited = samples
    .filter(({ attempts }) => attempts[0]?.code === 'CONNECTION_FAILED')
    .map(({ ms }) => ms);
  const after = await rig.quiet();
  report('11 dropped SYNs, connectMs 400', {
    ...summary(samples),
    'calls that waited': waited.length,
    'ms they waited p50 / p100': `${percentile(waited, 0.5).toFixed(0)} / ${percentile(waited, 1).toFixed(0)}`,
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  expect(availability(samples)).toBe(1);
  expect(waited).toHaveLength(5);
  // undici's timers for connections tick once or twice a second.
  expect(percentile(waited, 1)).toBeLessThan(400 + 1000);
  expect(after).toEqual(before);
});

test('11: the other deadlines hold while a connection is being opened', async () => {
  await using unreachable = await startUnreachable();
  await using rig = await startUnreachableRig(unreachable, { connectMs: 5000, headersMs: 500 });
  const sample = await stream(overSse(rig.gateway().url));
  report('11 dropped SYNs, headersMs 500', { ...summary([sample]), attempt: sample.attempts[0]?.code ?? '' });
  expect(sample).toMatchObject({ text: answerOf('backup') });
  expect(sample.ms).toBeLessThan(500 + 300);
});

test('11: a whole answer, which shows nothing before its end, is given half of the time; after the black hole the primary is used again', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'], timeouts });
  const { primary } = rig.providers;
  const hurried = { ...input, timeoutMs: 2000 };
  primary.proxy.inject({ type: 'black-hole' });
  const during = await rig.ask(hurried);
  primary.proxy.inject(noFault);
  const after = await rig.ask(hurried);
  report('11 a whole answer, accept and silence, timeoutMs 2000', summary([during, after]));
  expect([during.text, after.text]).toEqual([answerOf('backup'), answerOf('primary')]);
  expect(during.ms).toBeLessThan(1000 + 500);
});
