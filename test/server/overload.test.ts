import { describe, expect, test } from 'vitest';
import { defaultLimiterSettings } from '../../src/domain/limiter-settings.ts';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createTestApp, listening, post, type TestApp } from '../support/test-app.ts';

const onePlace = { ...defaultLimiterSettings, minLimit: 1, maxLimit: 1, queueLength: 0 };

const generate = (prompt: string, more = '') =>
  `generate(input: { prompt: "${prompt}"${more} }) { __typename ... on Overloaded { code message retryAfterMs } }`;

/** A gateway whose only model has one place, which is taken. */
async function full(): Promise<TestApp & { readonly release: () => void }> {
  const release = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const model = modelAdapter(async function* () {
    asked.resolve();
    await release.promise;
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  const created = createTestApp([[deployment({ admission: onePlace }), model]]);
  void created.app.fetch(post({ query: `{ ${generate('first')} }` }));
  await asked.promise;
  return { ...created, release: release.resolve };
}

describe('where no deployment has a place', () => {
  test('the answer is a typed problem, and over HTTP 503 with Retry-After', async () => {
    const { app, release } = await full();
    const reply = await app.fetch(post({ query: `{ ${generate('second')} }` }));
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await reply.json()).toEqual({
      data: {
        generate: {
          __typename: 'Overloaded',
          code: 'OVERLOADED',
          message: expect.stringContaining('as many calls as it can bear'),
          retryAfterMs: expect.any(Number),
        },
      },
    });
    release();
  });

  test('the gateway’s own transport says the same', async () => {
    const { app, release } = await full();
    const reply = await fetch(await listening(app), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ ${generate('second')} }` }),
    });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(await reply.json()).toMatchObject({ data: { generate: { __typename: 'Overloaded' } } });
    release();
  });

  test('an operation of which a part could be served is a success', async () => {
    const { app, release } = await full();
    const query = `{ deployments { name } ${generate('second')} }`;
    const reply = await app.fetch(post({ query }));
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ data: { generate: { __typename: 'Overloaded' } } });
    release();
  });
});

describe('while the event loop is late', () => {
  test.each([
    [100, 'INTERACTIVE', 'Generation'],
    [100, 'BATCH', 'Generation'],
    [200, 'BATCH', 'Overloaded'],
    [200, 'INTERACTIVE', 'Generation'],
    [1000, 'INTERACTIVE', 'Overloaded'],
  ])('by %i ms, %s work ends as %s', async (lagMs, priority, type) => {
    const { app, lag } = createTestApp([[deployment(), saying('Hello')]]);
    lag.ms = lagMs;
    const query = `{ ${generate('Hi', `, priority: ${priority}`)} }`;
    const reply = await app.fetch(post({ query }));
    expect(await reply.json()).toMatchObject({ data: { generate: { __typename: type } } });
  });

  test('an answer from the cache is given all the same', async () => {
    const { app, lag } = createTestApp([[deployment(), saying('Hello')]]);
    const query = `{ ${generate('Hi')} }`;
    await app.fetch(post({ query }));
    lag.ms = 5000;
    const reply = await app.fetch(post({ query }));
    expect(await reply.json()).toMatchObject({ data: { generate: { __typename: 'Generation' } } });
  });
});
