import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deployment } from '../support/deployments.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, listening } from '../support/test-app.ts';

const protocol = 'graphql-transport-ws';

async function start(maxBodyBytes = 10_000) {
  const model = saying('never');
  const gateway = createTestApp([[deployment(), model]], { maxBodyBytes });
  const url = await listening(gateway.app);
  return { ...gateway, model, url: url.replace('http', 'ws') };
}

describe('what is wrong with an operation is told to its subscriber', () => {
  test.for<[string, string, RegExp]>([
    ['bad syntax', '{ generate(', /Syntax Error/],
    ['an unknown field', '{ generat }', /generat/],
    ['a variable of the wrong type', 'query ($n: Int!) { __type(name: $n) { name } }', /\$n/],
  ])('%s', async ([, query, message]) => {
    const { url, model, errors } = await start();
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const told = await Array.fromAsync(client.iterate({ query })).catch((error: unknown) => error);
    expect(JSON.stringify(told)).toMatch(message);
    expect([model.calls, errors()]).toEqual([[], []]);
    await client.dispose();
  });
});

describe('a socket is closed', () => {
  test('with 1009 for a message that is too long', async () => {
    expect(await closedWith('x'.repeat(20_000))).toEqual({ code: 1009, errors: [] });
  });

  test('with 4400 for a message that is none of the protocol', async () => {
    expect(await closedWith('{"type":"hello"}')).toEqual({ code: 4400, errors: [] });
  });
});

describe('a socket is refused', () => {
  test('to a page of another site', async () => {
    expect(await statusOf('/graphql', { origin: 'https://elsewhere.example' })).toBe(403);
  });

  test('on another path', async () => {
    expect(await statusOf('/elsewhere')).toBe(404);
  });
});

async function closedWith(message: string): Promise<{ code: number; errors: readonly string[] }> {
  const { url, errors } = await start();
  const socket = new WebSocket(url, protocol);
  await once(socket, 'open');
  socket.send(message);
  const [code] = (await once(socket, 'close')) as [number];
  return { code, errors: errors() };
}

async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const { url } = await start();
  const socket = new WebSocket(new URL(path, url), protocol, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.on('error', () => undefined);
  socket.terminate();
  return response.statusCode;
}
