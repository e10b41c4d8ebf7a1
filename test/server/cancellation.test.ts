import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AdapterError } from '../../adapters/errors.ts';
import { deployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { modelAdapter } from '../support/model-adapter.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

const input = 'input: { prompt: "Hi", cache: { mode: OFF } }';
const query = `{ generate(${input}) { __typename } }`;
const subscription = `subscription { generateStream(${input}) { __typename } }`;

/** Says one word and then nothing until its call is aborted. */
async function startSilent() {
  const asked = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const model = modelAdapter(async function* (_call, signal) {
    yield { type: 'text-delta', text: 'Well' };
    asked.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    aborted.resolve();
    throw new AdapterError('aborted', 'stopped');
  });
  const gateway = createTestApp([[deployment(), model]]);
  const url = await listening(gateway.app);
  return { ...gateway, url, asked: asked.promise, aborted: aborted.promise };
}

describe('a client that leaves stops the model', () => {
  test('in the middle of a query', async () => {
    const { url, asked, aborted, errors } = await startSilent();
    const leaving = new AbortController();
    const request = post({ query });
    const answer = fetch(url, {
      method: 'POST',
      headers: request.headers,
      body: await request.text(),
      signal: leaving.signal,
    });
    await asked;
    leaving.abort();
    await expect(answer).rejects.toThrow(/abort/);
    await aborted;
    expect(errors()).toEqual([]);
  });

  test('in the middle of a stream over SSE', async () => {
    const { url, asked, aborted, errors } = await startSilent();
    const leaving = new AbortController();
    const reading = Array.fromAsync(subscribe(url, { query: subscription }, leaving.signal));
    await asked;
    leaving.abort();
    await expect(reading).rejects.toThrow(/abort/);
    await aborted;
    expect(errors()).toEqual([]);
  });

  test.for([
    ['a subscription', subscription],
    ['a query', query],
  ] as const)('by taking back %s over graphql-ws, whose socket stays', async ([, operation]) => {
    const { url, asked, aborted, errors } = await startSilent();
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const iterator = client.iterate({ query: operation });
    const reading = Array.fromAsync({ [Symbol.asyncIterator]: () => iterator });
    await asked;
    await iterator.return?.();
    await aborted;
    await reading;
    const version = await Array.fromAsync(client.iterate({ query: '{ __typename }' }));
    expect(version).toEqual([{ data: { __typename: 'Query' } }]);
    expect(errors()).toEqual([]);
    await client.dispose();
  });

  test('by a socket that breaks', async () => {
    const { url, asked, aborted, errors } = await startSilent();
    let socket: WebSocket | undefined;
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      on: { opened: (opened) => (socket = opened as WebSocket) },
    });
    const reading = Array.fromAsync(client.iterate({ query: subscription })).catch(() => undefined);
    await asked;
    socket?.terminate();
    await aborted;
    await reading;
    expect(errors()).toEqual([]);
  });
});
