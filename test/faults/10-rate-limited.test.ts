import { describe, expect, test } from 'vitest';
import { answerOf, answers, refusesForNow } from './support/behaviours.ts';
import { input } from './support/clients.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { load, loadUntil } from './support/load.ts';
import { startRig } from './support/rig.ts';

const pauseMs = 4000;

test('10: a primary that asks for a pause gets none of the calls until it is over', async () => {
  await using rig = await startRig({ providers: ['primary', 'backup'] });
  const { primary } = rig.providers;
  await load(rig.ask, { workers: 8, calls: 200 });
  const healthy = await load(rig.ask, { workers: 8, calls: 200 });
  const before = await rig.quiet();
  primary.behave(refusesForNow({ 'retry-after': String(pauseMs / 1000) }));
  const first = await rig.ask();
  const startedMs = performance.now();
  const refused = primary.calls();
  primary.behave(answers('primary'));
  const back = primary.until(({ calls }) => calls() > refused).then(() => performance.now() - startedMs);
  const samples = [first, ...(await loadUntil(rig.ask, { workers: 2, until: back }))];
  const breaker = (await rig.breakers()).get('primary');
  const after = await rig.quiet();
  report('10 429 with Retry-After 4', {
    ...summary(samples, healthy),
    'ms without a call to it': await back,
    'attempts a call': (samples.length + 1) / samples.length,
    'sockets, files before': `${before.sockets}, ${before.files}`,
    'sockets, files after': `${after.sockets}, ${after.files}`,
  });
  expect(availability(samples)).toBe(1);
  expect(first).toMatchObject({ text: answerOf('backup'), attempts: [{ code: 'RATE_LIMITED' }, {}] });
  expect(await back).toBeGreaterThan(pauseMs - 100);
  // With the jitter of a fifth, and a call's time.
  expect(await back).toBeLessThan(pauseMs * 1.2 + 500);
  expect(breaker?.state).toBe('CLOSED');
  expect(after).toEqual(before);
});

const waits: Readonly<Record<string, { readonly headers: Record<string, string>; readonly maxMs: number }>> =
  {
    'an absurd number of seconds': { headers: { 'retry-after': '277403' }, maxMs: 60_000 },
    'a date in HTTP’s form': {
      headers: { 'retry-after': new Date(Date.now() + 30_000).toUTCString() },
      maxMs: 30_000,
    },
    milliseconds: { headers: { 'retry-after-ms': '1500', 'retry-after': '40' }, maxMs: 1500 },
    'OpenAI’s reset': {
      headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6s' },
      maxMs: 6000,
    },
    garbage: { headers: { 'retry-after': 'soon' }, maxMs: 5000 },
    'a negative number': { headers: { 'retry-after': '-5' }, maxMs: 5000 },
    nothing: { headers: {}, maxMs: 5000 },
  };

describe('10: how long a primary is left alone that asks for it by', () => {
  test.each(Object.entries(waits))('%s', async (_how, { headers, maxMs }) => {
    await using rig = await startRig({ providers: ['primary', 'backup'] });
    rig.providers.primary.behave(refusesForNow(headers));
    const sample = await rig.ask();
    const nowMs = Date.now();
    const until = (await rig.breakers()).get('primary')?.coolingDownUntil;
    const leftMs = Date.parse(until ?? '') - nowMs;
    const more = await load(rig.ask, { workers: 4, calls: 40 });
    report(`10 Retry-After as ${JSON.stringify(headers)}`, {
      ...summary([sample, ...more]),
      'ms left alone': leftMs,
      'calls to it': rig.providers.primary.calls(),
    });
    expect(availability([sample, ...more])).toBe(1);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(maxMs * 1.2);
    expect(
      percentile(
        more.map(({ ms }) => ms),
        0.99,
      ),
    ).toBeLessThan(1000);
    expect(rig.providers.primary.calls()).toBe(1);
  });
});

test('10: alone with a provider that asks for a longer pause than the client has, the client is told at once', async () => {
  await using rig = await startRig({ providers: ['primary'] });
  rig.providers.primary.behave(refusesForNow({ 'retry-after': '30' }));
  const hurried = { ...input, timeoutMs: 10_000 };
  const samples = await load(async () => await rig.ask(hurried), { workers: 1, calls: 20 });
  report('10 429 with Retry-After 30, no backup', summary(samples));
  expect(samples.every(({ result }) => result === 'problem')).toBe(true);
  expect(
    percentile(
      samples.map(({ ms }) => ms),
      0.99,
    ),
  ).toBeLessThan(1000);
  expect(rig.providers.primary.calls()).toBe(1);
});
