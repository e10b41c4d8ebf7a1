import { expect, test } from 'vitest';
import { refusing } from '../../support/openai-wire.ts';
import { failureOf } from './open.ts';

/** The fake clock stands at 2026-01-01T00:00:00Z. */
test.each([
  [{ 'retry-after': '5' }, 5000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': '277403' }, 277_403_000],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thursday, 01-Jan-26 00:01:00 GMT' }, 60_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
  [{ 'retry-after-ms': '1500' }, 1500],
  [{ 'retry-after-ms': '1500', 'retry-after': '60' }, 1500],
  [{ 'retry-after-ms': 'soon', 'retry-after': '60' }, 60_000],
  [{ 'x-ratelimit-reset-requests': '120ms' }, 120],
  [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
  [
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2s',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    2000,
  ],
  [{ 'retry-after': '3', 'x-ratelimit-reset-requests': '1h2m3.5s' }, 3000],
])('a 429 with %j asks to wait %i ms', async (headers, waitMs) => {
  expect((await failureOf('rate-limit', refusing(429, {}, headers))).retryAfterMs).toBe(waitMs);
});

test.each(['later', '-5', '', 'NaN', 'Infinity', '1e9', '5 seconds', '9'.repeat(40), '2026-01-01'])(
  'a wait of "%s" is as if there were none',
  async (text) => {
    const error = await failureOf('rate-limit', refusing(429, {}, { 'retry-after': text }));
    expect(error.retryAfterMs).toBeUndefined();
  },
);

test('a server that is overloaded may say when to come back', async () => {
  const headers = { 'retry-after': '7', 'x-ratelimit-reset-requests': '1s' };
  expect((await failureOf('unavailable', refusing(503, {}, headers))).retryAfterMs).toBe(7000);
});

test('the reset of a rate limit says nothing of an outage', async () => {
  const headers = { 'x-ratelimit-reset-requests': '1s' };
  expect((await failureOf('unavailable', refusing(503, {}, headers))).retryAfterMs).toBeUndefined();
});

test('waiting helps neither a wrong request nor an empty account', async () => {
  const headers = { 'retry-after': '7' };
  expect((await failureOf('invalid-request', refusing(400, {}, headers))).retryAfterMs).toBeUndefined();
  const broke = refusing(429, { code: 'insufficient_quota' }, headers);
  expect((await failureOf('quota', broke)).retryAfterMs).toBeUndefined();
});
