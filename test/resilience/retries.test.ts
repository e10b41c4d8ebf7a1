import { expect, test } from 'vitest';
import { AdapterError, type AdapterErrorKind } from '../../adapters/errors.ts';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createExecuteFixture } from './execute-fixture.ts';

const first = deployment({ name: 'first' });
const second = deployment({ name: 'second' });

/** Fails so many times, then answers. */
function recovering(failures: number, error: AdapterError) {
  let left = failures;
  return modelAdapter(async function* () {
    left -= 1;
    if (left >= 0) throw error;
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
}

const unavailable = new AdapterError('unavailable', '503');

test.for<AdapterErrorKind>(['connection', 'unavailable', 'stream-cut', 'protocol', 'crashed', 'rate-limit'])(
  'after %s the only target is asked once more',
  async (kind) => {
    const model = recovering(1, new AdapterError(kind, 'no', { retryAfterMs: 500 }));
    const fixture = createExecuteFixture([[first, model]]);
    const events = Array.fromAsync(fixture.run({ tactics: { retries: 1 } }));
    await fixture.clock.advanceAsync(1000);
    expect((await events).map(({ type }) => type)).toEqual(['attempt-failed', 'part', 'finished']);
    expect(model.calls).toHaveLength(2);
  },
);

test.for<AdapterErrorKind>([
  'timeout',
  'invalid-request',
  'context-length',
  'content-filter',
  'unsupported',
  'authentication',
  'quota',
  'model-not-found',
  'queue-full',
  'not-ready',
])('after %s it is not', async (kind) => {
  const model = recovering(1, new AdapterError(kind, 'no'));
  const fixture = createExecuteFixture([[first, model]]);
  await expect(Array.fromAsync(fixture.run({ tactics: { retries: 1 } }))).rejects.toThrow();
  expect(model.calls).toHaveLength(1);
});

test('the other targets come before a second try of the first', async () => {
  const failing = recovering(1, unavailable);
  const other = saying('Hello');
  const fixture = createExecuteFixture([
    [first, failing],
    [second, other],
  ]);
  await Array.fromAsync(fixture.run({ tactics: { retries: 1 } }));
  expect([failing.calls.length, other.calls.length]).toEqual([1, 1]);
});

test('what the provider asks for is waited for', async () => {
  const model = recovering(1, new AdapterError('unavailable', '503', { retryAfterMs: 2000 }));
  const fixture = createExecuteFixture([[first, model]]);
  const events = Array.fromAsync(fixture.run({ tactics: { retries: 1 } }));
  await fixture.clock.advanceAsync(1999);
  expect(model.calls).toHaveLength(1);
  await fixture.clock.advanceAsync(1);
  await events;
  expect(model.calls).toHaveLength(2);
});

test('a wait beyond the deadline is not begun', async () => {
  const model = recovering(1, new AdapterError('rate-limit', '429', { retryAfterMs: 277_403_000 }));
  const fixture = createExecuteFixture([[first, model]]);
  await expect(Array.fromAsync(fixture.run({ tactics: { retries: 1 } }))).rejects.toMatchObject({
    reason: 'exhausted',
    attempts: [{ problem: { code: 'RATE_LIMITED' } }],
  });
  expect(fixture.clock.pendingTimers()).toBe(0);
});

test('the plan’s cap holds for all calls together', async () => {
  const models = [recovering(9, unavailable), recovering(9, unavailable), recovering(9, unavailable)];
  const fixture = createExecuteFixture(
    models.map((model, index) => [deployment({ name: `target-${index}` }), model]),
  );
  const tactics = { retries: 3, maxAttempts: 5 };
  await expect(Array.fromAsync(fixture.run({ tactics }))).rejects.toMatchObject({ reason: 'exhausted' });
  expect(models.map(({ calls }) => calls.length).reduce((sum, calls) => sum + calls, 0)).toBe(5);
});

test('a caller who leaves during the wait ends it', async () => {
  const model = recovering(1, new AdapterError('unavailable', '503', { retryAfterMs: 2000 }));
  const fixture = createExecuteFixture([[first, model]]);
  const controller = new AbortController();
  const events = Array.fromAsync(fixture.run({ tactics: { retries: 1 }, signal: controller.signal }));
  const failure = expect(events).rejects.toMatchObject({ reason: 'cancelled' });
  await fixture.clock.advanceAsync(1000);
  controller.abort();
  await failure;
  expect(model.calls).toHaveLength(1);
  expect(fixture.clock.pendingTimers()).toBe(0);
});

test('when everything fails, the calls stay within 1.1 of the requests and the reserve', async () => {
  const model = recovering(Infinity, new AdapterError('stream-cut', 'cut'));
  // A breaker would open: each request comes after it has closed again.
  const fixture = createExecuteFixture([[first, model]]);
  const requests = 400;
  for (let count = 0; count < requests; count += 1) {
    await fixture.clock.advanceAsync(600_000);
    await expect(Array.fromAsync(fixture.run({ tactics: { retries: 1 } }))).rejects.toThrow();
  }
  expect(model.calls.length).toBeGreaterThan(requests * 0.9);
  expect(model.calls.length).toBeLessThanOrEqual(requests * 1.1);
});
