import { describe, expect, test } from 'vitest';
import { AdapterError, type AdapterErrorKind } from '../../adapters/errors.ts';
import { deployment } from '../support/deployments.ts';
import { failing, finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createExecuteFixture, type ExecuteFixture } from './execute-fixture.ts';

const small = deployment();
const failed = { failureRate: 1 };
const unknown = { failureRate: undefined };

async function end(fixture: ExecuteFixture): Promise<void> {
  await Array.fromAsync(fixture.run()).catch(() => undefined);
}

describe('a stream counts for the breaker', () => {
  test('as a failure when it breaks off after its first part', async () => {
    const fixture = createExecuteFixture([
      [small, failing(new AdapterError('stream-cut', 'cut'), 'Once', ' upon')],
    ]);
    await end(fixture);
    expect(fixture.gate('small').breaker).toMatchObject(failed);
  });

  test('when it ends, not when it begins', async () => {
    const fixture = createExecuteFixture([[small, saying('Once', ' upon')]]);
    const stream = fixture.run();
    await stream.next();
    expect(fixture.gate('small').breaker).toMatchObject(unknown);
    await Array.fromAsync(stream);
    expect(fixture.gate('small').breaker).toMatchObject({ failureRate: 0 });
  });

  test('not at all when its reader leaves', async () => {
    const fixture = createExecuteFixture([[small, saying('Once', ' upon')]]);
    for await (const event of fixture.run()) if (event.type === 'part') break;
    expect(fixture.gate('small').breaker).toMatchObject(unknown);
    expect(fixture.ended).toMatchObject([{ outcome: 'cancelled' }]);
  });
});

describe('what says nothing about health does not count', () => {
  test.for<AdapterErrorKind>([
    'invalid-request',
    'context-length',
    'content-filter',
    'unsupported',
    'authentication',
    'quota',
    'model-not-found',
    'rate-limit',
    'queue-full',
    'not-ready',
  ])('%s', async (kind) => {
    const fixture = createExecuteFixture([[small, failing(new AdapterError(kind, 'no'))]]);
    await end(fixture);
    expect(fixture.gate('small').breaker).toMatchObject(unknown);
  });
});

describe('what is the deployment’s fault counts', () => {
  test.for<AdapterErrorKind>(['connection', 'unavailable', 'timeout', 'stream-cut', 'protocol', 'crashed'])(
    '%s',
    async (kind) => {
      const fixture = createExecuteFixture([[small, failing(new AdapterError(kind, 'no'))]]);
      await end(fixture);
      expect(fixture.gate('small').breaker).toMatchObject(failed);
    },
  );

  test('an error that is none of the contract, which is told as a bug', async () => {
    const fixture = createExecuteFixture([[small, failing(new Error('oops'))]]);
    await end(fixture);
    expect(fixture.gate('small').breaker).toMatchObject(failed);
    expect(fixture.bugs).toMatchObject([{ deployment: 'small' }]);
  });

  test('a stream without a finish part', async () => {
    const model = modelAdapter(async function* () {
      yield { type: 'text-delta', text: 'Once' };
    });
    const fixture = createExecuteFixture([[small, model]]);
    await end(fixture);
    expect(fixture.ended).toMatchObject([{ problem: { code: 'STREAM_CUT' } }]);
    expect(fixture.gate('small').breaker).toMatchObject(failed);
  });
});

test('an attempt that runs out of time aborts no neighbour', async () => {
  const goOn = Promise.withResolvers<void>();
  let calls = 0;
  const model = modelAdapter(async function* (_call, signal) {
    calls += 1;
    if (calls === 1) {
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped'))),
      );
    }
    await goOn.promise;
    signal.throwIfAborted();
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  const fixture = createExecuteFixture([[small, model]]);
  const hurried = Array.fromAsync(fixture.run({ timeoutMs: 1000 }));
  const patient = Array.fromAsync(fixture.run());
  await Promise.all([expect(hurried).rejects.toThrow('deadline'), fixture.clock.advanceAsync(1000)]);
  goOn.resolve();
  expect((await patient).map(({ type }) => type)).toEqual(['part', 'finished']);
});

test('two equal calls at the same time are two calls', async () => {
  const model = saying('Hello');
  const fixture = createExecuteFixture([[small, model]]);
  await Promise.all([Array.fromAsync(fixture.run()), Array.fromAsync(fixture.run())]);
  expect(model.calls).toHaveLength(2);
});
