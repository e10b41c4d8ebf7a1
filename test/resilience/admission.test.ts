import { expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createExecuteFixture } from './execute-fixture.ts';

const first = deployment({ name: 'first' });
const second = deployment({ name: 'second' });
const onePlace = { minLimit: 1, initialLimit: 1, maxLimit: 1 };

/** Answers when told to. */
function gated() {
  const release = Promise.withResolvers<void>();
  const model = modelAdapter(async function* () {
    await release.promise;
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  return { model, release: release.resolve };
}

test('where a deployment is full the next one answers at once', async () => {
  const { model, release } = gated();
  const other = saying('Hello');
  const fixture = createExecuteFixture(
    [
      [first, model],
      [second, other],
    ],
    { limiterSettings: onePlace },
  );
  const waiting = Array.fromAsync(fixture.run());
  const events = await Array.fromAsync(fixture.run());
  expect(events).toMatchObject([
    { type: 'attempt-failed', attempt: { outcome: 'failed', problem: { code: 'OVERLOADED' } } },
    { type: 'part' },
    { type: 'finished', attempt: { deployment: { name: 'second' } } },
  ]);
  release();
  await waiting;
});

test('at the only one a call waits for its place', async () => {
  const { model, release } = gated();
  const fixture = createExecuteFixture([[first, model]], { limiterSettings: onePlace });
  const calls = [Array.fromAsync(fixture.run()), Array.fromAsync(fixture.run())];
  await fixture.clock.advanceAsync(0);
  expect(fixture.limiters.of('first').status()).toMatchObject({ inFlight: 1, queued: 1 });
  release();
  await Promise.all(calls);
  expect(fixture.limiters.of('first').status()).toMatchObject({ inFlight: 0, queued: 0 });
});

test('with no place and no line left the call is refused at once, with a time to come back', async () => {
  const { model, release } = gated();
  const fixture = createExecuteFixture([[first, model]], {
    limiterSettings: { ...onePlace, queueLength: 0 },
  });
  const waiting = Array.fromAsync(fixture.run());
  await expect(Array.fromAsync(fixture.run())).rejects.toMatchObject({
    reason: 'exhausted',
    attempts: [{ problem: { code: 'OVERLOADED' } }],
    cause: { retryAfterMs: expect.any(Number) },
  });
  expect(model.calls).toHaveLength(1);
  release();
  await waiting;
});

test('a caller who leaves the line frees it', async () => {
  const { model, release } = gated();
  const fixture = createExecuteFixture([[first, model]], { limiterSettings: onePlace });
  const waiting = Array.fromAsync(fixture.run());
  const controller = new AbortController();
  const inLine = Array.fromAsync(fixture.run({ signal: controller.signal }));
  const failure = expect(inLine).rejects.toMatchObject({ reason: 'cancelled' });
  await fixture.clock.advanceAsync(0);
  controller.abort();
  await failure;
  expect(fixture.limiters.of('first').status()).toMatchObject({ queued: 0 });
  release();
  await waiting;
});

test('interactive calls go before batch in line', async () => {
  const order: string[] = [];
  const { model, release } = gated();
  const fixture = createExecuteFixture([[first, model]], { limiterSettings: onePlace });
  const running = Array.fromAsync(fixture.run());
  const follow = async (priority: 'batch' | 'interactive'): Promise<void> => {
    await Array.fromAsync(fixture.run({ priority }));
    order.push(priority);
  };
  const calls = [follow('batch'), follow('interactive')];
  await fixture.clock.advanceAsync(0);
  release();
  await Promise.all([running, ...calls]);
  expect(order).toEqual(['interactive', 'batch']);
});

test.each([
  [true, 0],
  [false, 1],
])(
  'a late first token counts as slow unless the gateway itself stood still (%j)',
  async (lagging, slowRate) => {
    const late = modelAdapter(async function* () {
      await new Promise<void>((resolve) => {
        fixture.clock.after(20_000, resolve);
      });
      yield { type: 'text-delta', text: 'Hello' };
      yield finish;
    });
    const fixture = createExecuteFixture([[first, late]], { lagging: () => lagging });
    const events = Array.fromAsync(fixture.run());
    await fixture.clock.advanceAsync(20_000);
    await events;
    expect(fixture.gate('first').breaker.slowRate).toBe(slowRate);
  },
);
