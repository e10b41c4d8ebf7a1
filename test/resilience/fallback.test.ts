import { describe, expect, test } from 'vitest';
import { AdapterError, type AdapterErrorKind } from '../../adapters/errors.ts';
import { ExecutionFailure } from '../../src/resilience/execution-failure.ts';
import { deployment } from '../support/deployments.ts';
import { failing, finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createExecuteFixture } from './execute-fixture.ts';

const first = deployment({ name: 'first' });
const second = deployment({ name: 'second' });

async function runWith(kind: AdapterErrorKind) {
  const other = saying('Hello');
  const fixture = createExecuteFixture([
    [first, failing(new AdapterError(kind, 'no'))],
    [second, other],
  ]);
  const end = await Array.fromAsync(fixture.run()).catch((error: unknown) => error);
  return { end, asked: other.calls.length };
}

describe('after a failure before the first part', () => {
  test.for<AdapterErrorKind>([
    'connection',
    'unavailable',
    'timeout',
    'stream-cut',
    'protocol',
    'crashed',
    'queue-full',
    'not-ready',
    'rate-limit',
    'quota',
    'authentication',
    'model-not-found',
    'unsupported',
  ])('%s: the next target answers', async (kind) => {
    const { end } = await runWith(kind);
    expect(end).toMatchObject([
      { type: 'attempt-failed' },
      { type: 'part' },
      { type: 'finished', attempt: { deployment: { name: 'second' } } },
    ]);
  });

  test.for<AdapterErrorKind>(['invalid-request', 'content-filter'])('%s: no other is asked', async (kind) => {
    const { end, asked } = await runWith(kind);
    expect(end).toBeInstanceOf(ExecutionFailure);
    expect(end).toMatchObject({ reason: 'refused' });
    expect(asked).toBe(0);
  });

  test('context-length: only one with a longer context is asked', async () => {
    const error = new AdapterError('context-length', 'long', { inputTokens: 9000, contextTokens: 8192 });
    const [same, longer] = [saying('never'), saying('Hello')];
    const adapter = { ...longer, traits: () => ({ ...longer.traits(), contextTokens: 32_768 }) };
    const fixture = createExecuteFixture([
      [first, failing(error)],
      [second, same],
      [deployment({ name: 'third' }), adapter],
    ]);
    const events = await Array.fromAsync(fixture.run());
    expect(events.at(-1)).toMatchObject({ attempt: { deployment: { name: 'third' } } });
    expect(same.calls).toEqual([]);
  });
});

describe('a target that stays silent', () => {
  test('is given half of the time while another waits', async () => {
    const fixture = createExecuteFixture([
      [first, silent()],
      [second, saying('Hello')],
    ]);
    const events = Array.fromAsync(fixture.run({ timeoutMs: 10_000 }));
    await fixture.clock.advanceAsync(5000);
    expect((await events).map(({ type }) => type)).toEqual(['attempt-failed', 'part', 'finished']);
    expect(fixture.ended[0]).toMatchObject({ problem: { code: 'TIMEOUT' }, durationMs: 5000 });
  });

  test('is given all of it when it is the last', async () => {
    const fixture = createExecuteFixture([[first, silent()]]);
    const events = Array.fromAsync(fixture.run({ timeoutMs: 10_000 }));
    const failure = expect(events).rejects.toMatchObject({ reason: 'deadline' });
    await fixture.clock.advanceAsync(10_000);
    await failure;
    expect(fixture.clock.pendingTimers()).toBe(0);
  });

  test('is not to blame when the caller allows less than it needs', async () => {
    const fixture = createExecuteFixture([[first, silent()]]);
    const failure = expect(Array.fromAsync(fixture.run({ timeoutMs: 100 }))).rejects.toThrow();
    await fixture.clock.advanceAsync(100);
    await failure;
    expect(fixture.gate('first').breaker.failureRate).toBeUndefined();
  });

  test('and ignores its signal is let go of after a second, and told as a bug', async () => {
    const deaf = modelAdapter(async function* () {
      await new Promise(() => undefined);
      yield finish;
    });
    const fixture = createExecuteFixture([[first, deaf]]);
    const failure = expect(Array.fromAsync(fixture.run({ timeoutMs: 1000 }))).rejects.toMatchObject({
      reason: 'deadline',
    });
    await fixture.clock.advanceAsync(2000);
    // Once for the answer, once for letting go of the stream.
    await fixture.clock.advanceAsync(1000);
    await failure;
    expect(fixture.bugs.length).toBeGreaterThan(0);
  });
});

test('with every target tried the failure keeps each attempt, in order', async () => {
  const fixture = createExecuteFixture([
    [first, failing(new AdapterError('connection', 'refused'))],
    [second, failing(new AdapterError('crashed', 'gone'))],
  ]);
  await expect(Array.fromAsync(fixture.run())).rejects.toMatchObject({
    reason: 'exhausted',
    attempts: [
      { deployment: { name: 'first' }, problem: { code: 'CONNECTION_FAILED' } },
      { deployment: { name: 'second' }, problem: { code: 'MODEL_CRASHED' } },
    ],
  });
});

/** Says nothing until it is told to stop. */
function silent() {
  return modelAdapter(async function* (_call, signal) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped')));
    });
    yield finish;
  });
}
