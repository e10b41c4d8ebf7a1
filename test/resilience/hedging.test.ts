import { expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import type { Hedge } from '../../src/domain/tactics.ts';
import { deployment } from '../support/deployments.ts';
import { failing, finish, modelAdapter, saying, type RecordedAdapter } from '../support/model-adapter.ts';
import { createExecuteFixture, type RunOptions } from './execute-fixture.ts';

const first = deployment({ name: 'first' });
const second = deployment({ name: 'second' });
const hedge: Hedge = { after: 200, maxShare: 1 };
const tool = { name: 'pay', parameters: { type: 'object' } };

/** Says nothing until it is told to stop. */
function silent(): RecordedAdapter {
  return modelAdapter(async function* (_call, signal) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped')));
    });
    yield finish;
  });
}

function hedged(slow: RecordedAdapter, other: RecordedAdapter, options: RunOptions = {}) {
  const fixture = createExecuteFixture([
    [first, slow],
    [second, other],
  ]);
  return { ...fixture, events: Array.fromAsync(fixture.run({ tactics: { hedge }, ...options })) };
}

test('a silent deployment is joined by the next, and the first to answer wins', async () => {
  const other = saying('Hello');
  const { clock, events, ended, gate } = hedged(silent(), other);
  await clock.advanceAsync(199);
  expect(other.calls).toHaveLength(0);
  await clock.advanceAsync(1);
  expect(await events).toMatchObject([
    { type: 'attempt-failed', attempt: { deployment: { name: 'first' }, outcome: 'cancelled' } },
    { type: 'part' },
    { type: 'finished', attempt: { deployment: { name: 'second' } } },
  ]);
  expect(ended.map(({ deployment: { name }, outcome }) => [name, outcome])).toEqual([
    ['first', 'cancelled'],
    ['second', 'succeeded'],
  ]);
  expect(gate('first').breaker.failureRate).toBeUndefined();
  expect(clock.pendingTimers()).toBe(0);
});

test('one that answers in time is not joined', async () => {
  const other = saying('never');
  const { events, clock } = hedged(saying('Hello'), other);
  await events;
  expect(other.calls).toHaveLength(0);
  expect(clock.pendingTimers()).toBe(0);
});

test('without a policy that says so there is no hedge', async () => {
  const other = saying('Hello');
  const { events, clock } = hedged(silent(), other, { tactics: {}, timeoutMs: 10_000 });
  await clock.advanceAsync(4999);
  expect(other.calls).toHaveLength(0);
  await clock.advanceAsync(1);
  await events;
});

test('a call with tools is never made twice at once', async () => {
  const other = saying('Hello');
  const { events, clock } = hedged(silent(), other, {
    tactics: { hedge },
    call: { tools: [tool] },
    timeoutMs: 1000,
  });
  await clock.advanceAsync(499);
  expect(other.calls).toHaveLength(0);
  await clock.advanceAsync(1);
  await events;
});

test('where the hedge fails the first may still answer', async () => {
  const release = Promise.withResolvers<void>();
  const slow = modelAdapter(async function* () {
    await release.promise;
    yield { type: 'text-delta', text: 'at last' };
    yield finish;
  });
  const { events, clock } = hedged(slow, failing(new AdapterError('unavailable', '503')));
  await clock.advanceAsync(200);
  release.resolve();
  expect((await events).map((event) => event.type)).toEqual(['attempt-failed', 'part', 'finished']);
});

test('hedges are a share of the calls', async () => {
  const fixture = createExecuteFixture([
    [first, silent()],
    [second, saying('Hello')],
  ]);
  const tactics = { hedge: { after: 200, maxShare: 0.25 } };
  let hedges = 0;
  for (let call = 0; call < 20; call += 1) {
    const events = Array.fromAsync(fixture.run({ tactics, timeoutMs: 1000 }));
    await fixture.clock.advanceAsync(1000);
    hedges += (await events).some((event) => 'attempt' in event && event.attempt.outcome === 'cancelled')
      ? 1
      : 0;
  }
  expect(hedges).toBe(5);
});

test('the delay may be the 95th percentile of the deployment’s first tokens', async () => {
  const waits = [100, Infinity];
  const slow = modelAdapter(async function* (_call, signal) {
    const waitMs = waits.shift() ?? Infinity;
    await new Promise<void>((resolve, reject) => {
      if (Number.isFinite(waitMs)) fixture.clock.after(waitMs, resolve);
      signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped')));
    });
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  const other = saying('Hello');
  const fixture = createExecuteFixture([
    [first, slow],
    [second, other],
  ]);
  const tactics = { hedge: { after: 'p95', maxShare: 1 } } as const;
  const measured = Array.fromAsync(fixture.run({ tactics }));
  await fixture.clock.advanceAsync(100);
  await measured;
  const events = Array.fromAsync(fixture.run({ tactics }));
  await fixture.clock.advanceAsync(99);
  expect(other.calls).toHaveLength(0);
  await fixture.clock.advanceAsync(1);
  await events;
  expect(other.calls).toHaveLength(1);
});
