import { describe, expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import { deployment, remoteDeployment } from '../support/deployments.ts';
import { failing, finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createTestApp, post, type TestApp } from '../support/test-app.ts';

const small = deployment();
const dead = () => failing(new AdapterError('connection', 'refused by 10.0.0.1'));

async function ask({ app }: TestApp, query: string, variables: object = {}): Promise<unknown> {
  return await (await app.fetch(post({ query, variables }))).json();
}

const generate = `{ generate(input: { prompt: "Hi", cache: { mode: OFF } }) {
  __typename ... on Generation { text route { panic chosen { deployment { name } } } } ... on Problem { message } } }`;
const breakers = `{ deployments { name breaker { state openedAt retryAt failureRate slowRate rampShare
  cooldownUntil held { reason } lastFailures { at code midStream } } } }`;

describe('a deployment shows its breaker', () => {
  test('that has opened', async () => {
    const gateway = createTestApp([[small, dead()]]);
    for (let call = 0; call < 5; call += 1) await ask(gateway, generate);
    expect(await ask(gateway, breakers)).toMatchObject({
      data: {
        deployments: [
          {
            breaker: {
              state: 'OPEN',
              openedAt: '2026-01-01T00:00:00.000Z',
              retryAt: '2026-01-01T00:00:15.000Z',
              failureRate: 1,
              slowRate: 0,
              held: null,
              lastFailures: Array.from({ length: 5 }, () => ({
                at: '2026-01-01T00:00:00.000Z',
                code: 'CONNECTION_FAILED',
                midStream: false,
              })),
            },
          },
        ],
      },
    });
  });

  test('that was never needed', async () => {
    const gateway = createTestApp([[small, saying('Hello')]]);
    expect(await ask(gateway, breakers)).toEqual({
      data: {
        deployments: [
          {
            name: 'small',
            breaker: {
              state: 'CLOSED',
              openedAt: null,
              retryAt: null,
              failureRate: null,
              slowRate: null,
              rampShare: null,
              cooldownUntil: null,
              held: null,
              lastFailures: [],
            },
          },
        ],
      },
    });
  });
});

test('where every breaker is open, the plan says so and names the one that may be probed the soonest', async () => {
  const gateway = createTestApp([
    [remoteDeployment(), dead()],
    [small, dead()],
  ]);
  for (let call = 0; call < 5; call += 1) await ask(gateway, generate);
  const route = `{ route(input: { prompt: "Hi" }) { ... on Plan { panic rejected { code } candidates { rank deployment { name } } } } }`;
  expect(await ask(gateway, route)).toEqual({
    data: {
      route: {
        panic: true,
        rejected: [],
        candidates: [
          { rank: 1, deployment: { name: 'large' } },
          { rank: 2, deployment: { name: 'small' } },
        ],
      },
    },
  });
});

test('in a panic one call at a time finds out that a deployment works again', async () => {
  let works = false;
  const model = modelAdapter(async function* () {
    if (!works) throw new AdapterError('unavailable', '503');
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  const gateway = createTestApp([[small, model]]);
  const state = () => gateway.fleet.status('small').gate.breaker.state;
  while (state() === 'closed') await ask(gateway, generate);
  const failed = { data: { generate: { __typename: 'UpstreamFailed' } } };

  const before = model.calls.length;
  expect(await ask(gateway, generate)).toMatchObject(failed);
  expect(model.calls).toHaveLength(before + 1);
  // Within the second after it no call goes there.
  expect(await ask(gateway, generate)).toMatchObject(failed);
  expect(model.calls).toHaveLength(before + 1);

  works = true;
  await gateway.clock.advanceAsync(1000);
  expect(await ask(gateway, generate)).toMatchObject({
    data: { generate: { text: 'Hello', route: { panic: true, chosen: { deployment: { name: 'small' } } } } },
  });
  expect(state()).toBe('half-open');
  expect(await ask(gateway, generate)).toMatchObject({
    data: { generate: { text: 'Hello', route: { panic: false } } },
  });
  expect(state()).toBe('closed');
});

describe('an operator', () => {
  const hold = `mutation ($deployment: ID!, $forMs: Int, $reason: String) {
    holdOpen(deployment: $deployment, forMs: $forMs, reason: $reason) { __typename
      ... on Deployment { breaker { state retryAt held { reason } } }
      ... on UnknownDeployment { code message nearest }
      ... on ValidationProblem { code message issues { path } } } }`;
  const reset = `mutation ($deployment: ID!) { resetBreaker(deployment: $deployment) { __typename
      ... on Deployment { name breaker { state held { reason } } } ... on Problem { code message } } }`;

  test('holds a deployment open, which answers no request then, and resets it', async () => {
    const model = saying('Hello');
    const gateway = createTestApp([[small, model]]);
    const held = await ask(gateway, hold, { deployment: 'small', reason: 'maintenance' });
    expect(held).toEqual({
      data: {
        holdOpen: {
          __typename: 'Deployment',
          breaker: { state: 'OPEN', retryAt: null, held: { reason: 'maintenance' } },
        },
      },
    });
    expect(await ask(gateway, generate)).toMatchObject({
      data: {
        generate: {
          __typename: 'NoDeploymentAvailable',
          message: 'No deployment can serve this request: small is held open by an operator.',
        },
      },
    });
    expect(model.calls).toEqual([]);

    expect(await ask(gateway, reset, { deployment: 'small' })).toMatchObject({
      data: { resetBreaker: { name: 'small', breaker: { state: 'CLOSED', held: null } } },
    });
    expect(await ask(gateway, generate)).toMatchObject({ data: { generate: { text: 'Hello' } } });
  });

  test('is told of a name that the catalogue does not have, with what may have been meant', async () => {
    const gateway = createTestApp([[small, saying('Hello')]]);
    const problem = {
      __typename: 'UnknownDeployment',
      code: 'UNKNOWN_DEPLOYMENT',
      message: 'No deployment is called "smal" (did you mean "small"?).',
    };
    expect(await ask(gateway, hold, { deployment: 'smal' })).toEqual({
      data: { holdOpen: { ...problem, nearest: ['small'] } },
    });
    expect(await ask(gateway, reset, { deployment: 'smal' })).toEqual({ data: { resetBreaker: problem } });
  });

  test.for([
    ['forMs', { forMs: 0 }],
    ['reason', { reason: 'x'.repeat(201) }],
  ] as const)('is told of a wrong %s', async ([path, wrong]) => {
    const gateway = createTestApp([[small, saying('Hello')]]);
    expect(await ask(gateway, hold, { deployment: 'small', ...wrong })).toMatchObject({
      data: { holdOpen: { code: 'VALIDATION_FAILED', issues: [{ path }] } },
    });
  });
});

describe('breakerChanged', () => {
  const changes = `subscription ($deployment: ID) { breakerChanged(deployment: $deployment) {
    deployment { name } from to reason at } }`;

  /** The events as SSE writes them. Once this resolves the subscription has begun. */
  async function subscribeTo({ app }: TestApp, name: string): Promise<Response> {
    const request = post(
      { query: changes, variables: { deployment: name } },
      { accept: 'text/event-stream' },
    );
    return await app.fetch(request);
  }

  test('tells each change of the deployment asked for, and ends when the gateway stops', async () => {
    const gateway = createTestApp([
      [remoteDeployment(), saying('Hello')],
      [small, saying('Hello')],
    ]);
    const response = await subscribeTo(gateway, 'small');
    gateway.breakers.holdOpen('large', {});
    gateway.breakers.holdOpen('small', {});
    gateway.breakers.reset('small');
    gateway.shutdown.abort();
    expect(payloads(await response.text())).toMatchObject([
      {
        data: {
          breakerChanged: {
            deployment: { name: 'small' },
            from: 'CLOSED',
            to: 'OPEN',
            reason: 'held open by an operator',
            at: '2026-01-01T00:00:00.000Z',
          },
        },
      },
      { data: { breakerChanged: { from: 'OPEN', to: 'CLOSED', reason: 'reset by an operator' } } },
    ]);
  });

  test('refuses a name that the catalogue does not have, which is no bug', async () => {
    const gateway = createTestApp([[small, saying('Hello')]]);
    expect(payloads(await (await subscribeTo(gateway, 'smal')).text())).toMatchObject([
      {
        errors: [
          {
            message: 'No deployment is called "smal" (did you mean "small"?).',
            extensions: { code: 'UNKNOWN_DEPLOYMENT', nearest: ['small'] },
          },
        ],
      },
    ]);
    expect(gateway.errors()).toEqual([]);
  });
});

/** What the `next` events of an SSE body hold. */
function payloads(body: string): readonly unknown[] {
  return [...body.matchAll(/^event: next\ndata: (.+)$/gm)].map(([, data = '']): unknown => JSON.parse(data));
}
