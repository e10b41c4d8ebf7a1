import { describe, expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { subscribe } from '../support/graphql-client.ts';
import { finish, modelAdapter } from '../support/model-adapter.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

const readiness = new Request('http://localhost/readyz');
const subscription =
  'subscription { generateStream(input: { prompt: "Hi", cache: { mode: OFF } }) { __typename } }';

/** A gateway whose model says one word, and the second when told to. */
function create() {
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const model = modelAdapter(async function* () {
    yield { type: 'text-delta', text: 'Hel' };
    asked.resolve();
    await goOn.promise;
    yield { type: 'text-delta', text: 'lo' };
    yield finish;
  });
  const clock = createFakeClock();
  const gateway = createTestApp([[deployment(), model]], { clock });
  return { ...gateway, clock, asked: asked.promise, goOn: goOn.resolve };
}

describe('a gateway that is told to stop', () => {
  test('is ready until then and not ready from then on', async () => {
    const { app } = create();
    expect((await app.fetch(readiness)).status).toBe(200);
    void app.drain(1000);
    const response = await app.fetch(new Request(readiness));
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the gateway is shutting down' },
    ]);
    expect((await app.fetch(new Request('http://localhost/livez'))).status).toBe(200);
  });

  test('takes no new operation', async () => {
    const { app } = create();
    void app.drain(1000);
    const response = await app.fetch(post({ query: '{ __typename }' }));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVER_SHUTDOWN' } }] });
  });

  test('lets a stream under way end, and waits for it', async () => {
    const { app, asked, goOn } = create();
    const url = await listening(app);
    const reading = Array.fromAsync(subscribe(url, { query: subscription }));
    await asked;
    let drained = false;
    const draining = app.drain(1000).then(() => (drained = true));
    await app.fetch(new Request(readiness));
    expect(drained).toBe(false);
    goOn();
    await draining;
    expect((await reading).at(-1)).toEqual({
      data: { generateStream: { __typename: 'GenerationCompleted' } },
    });
  });

  test('waits no longer than it may', async () => {
    const { app, asked, clock, goOn } = create();
    const url = await listening(app);
    const reading = Array.fromAsync(subscribe(url, { query: subscription }));
    await asked;
    const draining = app.drain(1000);
    await clock.advanceAsync(1000);
    await draining;
    goOn();
    await reading;
  });

  test('has nothing to wait for when nothing is under way', async () => {
    const { app, clock } = create();
    await app.drain(1000);
    expect(clock.pendingTimers()).toBe(0);
  });
});
