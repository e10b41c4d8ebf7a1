import { expect, test } from 'vitest';
import type { Attempt } from '../../src/domain/attempt.ts';
import { createStatistics } from '../../src/routing/statistics.ts';
import { deployment } from '../support/deployments.ts';

function attempt(
  firstTokenMs: number | undefined,
  durationMs: number,
  outcome: Attempt['outcome'] = 'succeeded',
): Attempt {
  return {
    deployment: deployment(),
    outcome,
    durationMs,
    firstTokenMs,
    queuedMs: undefined,
    problem: undefined,
  };
}

test('nothing is known before the first call', () => {
  expect(createStatistics().latency('small')).toBeUndefined();
});

test('percentiles are those of the calls seen', () => {
  const statistics = createStatistics();
  for (let call = 1; call <= 100; call += 1) statistics.observe(attempt(call, call + 1000), 11);
  expect(statistics.latency('small')).toEqual({
    firstTokenMs: { p50: 50, p95: 95 },
    outputTokensPerSecond: 10,
    samples: 100,
  });
});

test('old calls are forgotten', () => {
  const statistics = createStatistics();
  for (let call = 0; call < 128; call += 1) statistics.observe(attempt(10_000, 20_000), 2);
  for (let call = 0; call < 128; call += 1) statistics.observe(attempt(10, 20), 2);
  expect(statistics.latency('small')?.firstTokenMs?.p95).toBe(10);
});

test('failed and cancelled calls do not count', () => {
  const statistics = createStatistics();
  statistics.observe(attempt(1, 2, 'failed'), 2);
  statistics.observe(attempt(1, 2, 'cancelled'), 2);
  expect(statistics.latency('small')).toBeUndefined();
});

test('an answer in one piece tells of the speed and not of the first token', () => {
  const statistics = createStatistics();
  statistics.observe(attempt(undefined, 100), 20);
  expect(statistics.latency('small')).toEqual({
    firstTokenMs: undefined,
    outputTokensPerSecond: 200,
    samples: 1,
  });
});

test('an answer of one token has no speed', () => {
  const statistics = createStatistics();
  statistics.observe(attempt(5, 6), 1);
  expect(statistics.latency('small')?.outputTokensPerSecond).toBeUndefined();
});
