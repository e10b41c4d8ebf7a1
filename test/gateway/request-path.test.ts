import { describe, expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import type { GenerationEvent } from '../../src/domain/generation-event.ts';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { deployment, remoteDeployment } from '../support/deployments.ts';
import { failing, finish, modelAdapter, saying } from '../support/model-adapter.ts';

const input = { prompt: 'Hi' };
const off = { ...input, cache: { mode: 'off' } };

async function eventsOf(stream: AsyncIterable<GenerationEvent>): Promise<readonly GenerationEvent[]> {
  return await Array.fromAsync(stream);
}

const types = (events: readonly GenerationEvent[]) => events.map(({ type }) => type);

describe('a stream tells the whole story in order', () => {
  test('route, deltas, the completed generation, numbered from 1', async () => {
    const { gateway } = composeGateway([[deployment(), saying('Hello', ' there')]]);
    const events = await eventsOf(gateway.stream(input, caller()));
    expect(types(events)).toEqual(['route-decided', 'text-delta', 'text-delta', 'completed']);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(new Set(events.map(({ generationId }) => generationId))).toEqual(new Set(['generation-1']));
    expect(events.at(-1)).toMatchObject({
      generation: {
        id: 'generation-1',
        answer: { text: 'Hello there', finishReason: { unified: 'stop' }, usage: { inputTokens: 7 } },
        deployment: { name: 'small' },
        cost: { nanoUsd: 0, estimated: false },
        cache: { hit: false },
        attempts: [{ outcome: 'succeeded' }],
      },
    });
  });

  test('a whole answer is the same stream, collected', async () => {
    const { gateway } = composeGateway([[deployment(), saying('Hello', ' there')]]);
    expect(await gateway.generate(input, caller())).toMatchObject({
      type: 'success',
      value: { answer: { text: 'Hello there' } },
    });
  });

  test('the model sees the call and nothing else of the request', async () => {
    const model = saying('x');
    const { gateway } = composeGateway([[deployment(), model]]);
    await gateway.generate({ ...input, labels: [{ key: 'team', value: 'secret' }] }, caller());
    expect(Object.keys(model.calls[0] ?? {}).sort()).toEqual([
      'messages',
      'priority',
      'sampling',
      'tenant',
      'traceHeaders',
      'whole',
    ]);
  });

  test('tokens are paid at the deployment’s prices', async () => {
    const { gateway } = composeGateway([[remoteDeployment(), saying('x')]]);
    expect(await gateway.generate(input, caller())).toMatchObject({
      // 7 tokens at $1.25 and 2 at $10 a million.
      value: { cost: { nanoUsd: 28_750, estimated: false } },
    });
  });
});

describe('another deployment takes over until the first token', () => {
  test('the failed attempt is told, and the answer comes from the next', async () => {
    const { gateway } = composeGateway([
      [remoteDeployment(), dead()],
      [deployment(), saying('Hello')],
    ]);
    const events = await eventsOf(gateway.stream(input, caller()));
    expect(types(events)).toEqual(['route-decided', 'attempt-failed', 'text-delta', 'completed']);
    expect(events.at(-1)).toMatchObject({
      generation: {
        deployment: { name: 'small' },
        attempts: [
          { deployment: { name: 'large' }, outcome: 'failed', problem: { code: 'CONNECTION_FAILED' } },
          { deployment: { name: 'small' }, outcome: 'succeeded' },
        ],
      },
    });
    expect(JSON.stringify(events)).not.toContain('10.0.0.1');
  });

  test('after it the answer breaks off, with what had come', async () => {
    const model = failing(new AdapterError('stream-cut', 'cut'), 'Hello');
    const { gateway } = composeGateway([
      [remoteDeployment(), model],
      [deployment(), saying('never')],
    ]);
    const events = await eventsOf(gateway.stream(input, caller()));
    expect(types(events)).toEqual(['route-decided', 'text-delta', 'failed']);
    expect(events.at(-1)).toMatchObject({ problem: { code: 'UPSTREAM_FAILED' }, partialText: 'Hello' });
  });

  test('a content filter is not walked around', async () => {
    const other = saying('never');
    const { gateway } = composeGateway([
      [remoteDeployment(), failing(new AdapterError('content-filter', 'refused'))],
      [deployment(), other],
    ]);
    expect(await gateway.generate(input, caller())).toMatchObject({ problem: { code: 'CONTENT_FILTERED' } });
    expect(other.calls).toEqual([]);
  });

  test('a prompt too long for every model is the caller’s to mend, with its count', async () => {
    const error = new AdapterError('context-length', 'too long', { inputTokens: 9000, contextTokens: 8192 });
    const { gateway } = composeGateway([[deployment(), failing(error)]]);
    expect(await gateway.generate(input, caller())).toMatchObject({
      problem: {
        code: 'VALIDATION_FAILED',
        issues: [{ path: 'input.prompt', message: 'has 9000 tokens, the model holds 8192' }],
      },
    });
  });
});

describe('what cannot be served is a problem, and nothing is sent', () => {
  test('invalid input', async () => {
    const model = saying('never');
    const { gateway, outcomes } = composeGateway([[deployment(), model]]);
    const events = await eventsOf(gateway.stream({ prompt: '' }, caller()));
    expect(events).toMatchObject([{ type: 'failed', sequence: 1, problem: { code: 'VALIDATION_FAILED' } }]);
    expect([model.calls, outcomes]).toEqual([[], []]);
  });

  test('an unknown model, with the nearest names', async () => {
    const { gateway } = composeGateway([[deployment(), saying('never')]]);
    expect(await gateway.generate({ ...input, model: 'small-modle' }, caller())).toMatchObject({
      problem: { issues: [{ path: 'input.model', message: expect.stringContaining('"small-model"') }] },
    });
  });

  test('no candidate, with every reason', async () => {
    const { gateway } = composeGateway([[remoteDeployment(), saying('never')]]);
    expect(await gateway.generate({ ...input, constraints: { localOnly: true } }, caller())).toMatchObject({
      problem: { code: 'NO_DEPLOYMENT_AVAILABLE', rejected: [{ code: 'NOT_LOCAL' }] },
    });
  });

  test('a prompt that is too long for every model at first sight is the caller’s to mend', async () => {
    const model = saying('never');
    const { gateway } = composeGateway([[deployment(), model]]);
    expect(await gateway.generate({ prompt: 'x'.repeat(100_000) }, caller())).toMatchObject({
      problem: {
        code: 'VALIDATION_FAILED',
        issues: [
          {
            path: 'input.prompt',
            message:
              'is longer than any model can read: small holds 8192 tokens, the prompt has at least 12500',
          },
        ],
      },
    });
    expect(model.calls).toEqual([]);
  });

  test('a dry run gives the plan of the real run', async () => {
    const { gateway } = composeGateway([[deployment(), saying('x')]]);
    const dry = gateway.route(off);
    const events = await eventsOf(gateway.stream(off, caller()));
    expect(events[0]).toMatchObject({ type: 'route-decided', plan: dry.type === 'success' && dry.value });
  });
});

describe('there is exactly one outcome', () => {
  test('of a completed request', async () => {
    const { gateway, outcomes } = composeGateway([[deployment(), saying('x')]]);
    await gateway.generate(input, caller());
    expect(outcomes).toMatchObject([{ id: 'generation-1', result: { type: 'completed' } }]);
  });

  test('of one that failed, with all its attempts', async () => {
    const { gateway, outcomes } = composeGateway([
      [remoteDeployment(), failing(new AdapterError('unavailable', '503'))],
      [deployment(), failing(new AdapterError('crashed', 'gone'))],
    ]);
    await gateway.generate(input, caller());
    expect(outcomes).toMatchObject([
      {
        attempts: ['UNAVAILABLE', 'MODEL_CRASHED', 'UNAVAILABLE', 'MODEL_CRASHED'].map((code) => ({
          problem: { code },
        })),
        result: { type: 'failed', problem: { code: 'UPSTREAM_FAILED' } },
      },
    ]);
  });

  test('of a reader who leaves the stream', async () => {
    const { gateway, outcomes } = composeGateway([[deployment(), saying('one', 'two')]]);
    for await (const event of gateway.stream(off, caller())) if (event.type === 'text-delta') break;
    expect(outcomes).toMatchObject([
      { result: { type: 'failed', problem: { code: 'CANCELLED' }, partialText: 'one' } },
    ]);
  });

  test('of a caller who goes away while the model is silent', async () => {
    const left = new AbortController();
    const asked = Promise.withResolvers<void>();
    const { gateway, outcomes } = composeGateway([[deployment(), silent(asked.resolve)]]);
    const answer = gateway.generate(off, caller('anonymous', left.signal));
    await asked.promise;
    left.abort();
    expect(await answer).toMatchObject({ problem: { code: 'CANCELLED' } });
    expect(outcomes).toMatchObject([{ attempts: [{ outcome: 'cancelled' }] }]);
  });

  test('of one that the shutdown ends', async () => {
    const { gateway, outcomes, shutdown } = composeGateway([[deployment(), silent()]]);
    const answer = gateway.generate(off, caller());
    shutdown.abort();
    expect(await answer).toMatchObject({ problem: { code: 'SERVER_SHUTDOWN' } });
    expect(outcomes).toHaveLength(1);
  });

  test('of one that runs into its deadline', async () => {
    const { gateway, clock } = composeGateway([[deployment(), silent()]]);
    const answer = gateway.generate({ ...off, timeoutMs: 5000 }, caller());
    await clock.advanceAsync(5000);
    expect(await answer).toMatchObject({ problem: { code: 'DEADLINE_EXCEEDED' } });
  });
});

/** Says nothing until it is told to stop. */
function silent(onAsked: () => void = () => undefined) {
  return modelAdapter(async function* (_call, signal) {
    onAsked();
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(new AdapterError('aborted', 'stopped')), { once: true });
    await promise;
    yield finish;
  });
}

function dead() {
  return failing(new AdapterError('connection', 'refused by 10.0.0.1'));
}
