import { expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import { ExecutionFailure } from '../../src/resilience/execution-failure.ts';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter } from '../support/model-adapter.ts';
import { createExecuteFixture, type RunOptions } from './execute-fixture.ts';

const small = deployment();

/** Says the words and then nothing, until it is told to stop. */
function stalling(...words: readonly string[]) {
  return modelAdapter(async function* (_call, signal) {
    for (const text of words) yield { type: 'text-delta', text };
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped')));
    });
    yield finish;
  });
}

async function failureAfter(advanceMs: number, words: readonly string[], options: RunOptions) {
  const fixture = createExecuteFixture([[small, stalling(...words)]]);
  const failure = Array.fromAsync(fixture.run(options)).catch((error: unknown) => error);
  await fixture.clock.advanceAsync(advanceMs);
  const error = await failure;
  if (!(error instanceof ExecutionFailure)) throw new Error('The call did not fail.');
  expect(fixture.clock.pendingTimers()).toBe(0);
  return { problem: error.attempts.at(-1)?.problem, breaker: fixture.gate('small').breaker };
}

test('the policy’s deadline for the first token is named, and counts for the breaker', async () => {
  const { problem, breaker } = await failureAfter(2000, [], {
    tactics: { deadlines: { firstTokenMs: 2000 } },
  });
  expect(problem).toEqual({
    code: 'TIMEOUT',
    deadline: 'first-token',
    message: 'small did not answer in time. No first token came within 2000 ms.',
  });
  expect(breaker.failureRate).toBe(1);
});

test('a caller may shorten it, which says nothing about the deployment', async () => {
  const { problem, breaker } = await failureAfter(500, [], {
    tactics: { deadlines: { firstTokenMs: 2000 } },
    deadlines: { firstTokenMs: 500 },
  });
  expect(problem).toMatchObject({ deadline: 'first-token' });
  expect(breaker.failureRate).toBeUndefined();
});

test('and not lengthen it', async () => {
  const { problem } = await failureAfter(2000, [], {
    tactics: { deadlines: { firstTokenMs: 2000 } },
    deadlines: { firstTokenMs: 5000 },
  });
  expect(problem).toMatchObject({ message: expect.stringContaining('2000 ms') });
});

test('the policy’s idle deadline is named, and counts for the breaker', async () => {
  const { problem, breaker } = await failureAfter(300, ['so far'], {
    tactics: { deadlines: { idleMs: 300 } },
  });
  expect(problem).toMatchObject({ code: 'TIMEOUT', deadline: 'idle' });
  expect(problem?.message).toBe('small did not answer in time. No further token came within 300 ms.');
  expect(breaker.failureRate).toBe(1);
});

test('an idle deadline of the caller does not count', async () => {
  const { breaker } = await failureAfter(300, ['so far'], { deadlines: { idleMs: 300 } });
  expect(breaker.failureRate).toBeUndefined();
});

test('the time for all attempts together is named last', async () => {
  const { problem } = await failureAfter(1000, ['so far'], { timeoutMs: 1000 });
  expect(problem).toMatchObject({ code: 'TIMEOUT', deadline: 'total' });
});

test('a pause of the reader is not idle time of the model', async () => {
  const fixture = createExecuteFixture([[small, stalling('so', 'far')]]);
  const stream = fixture.run({ deadlines: { idleMs: 300 } });
  await stream.next();
  await fixture.clock.advanceAsync(5000);
  expect((await stream.next()).value).toMatchObject({ part: { text: 'far' } });
  await stream.return?.();
  expect(fixture.clock.pendingTimers()).toBe(0);
});
