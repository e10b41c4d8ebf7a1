import { expect, test } from 'vitest';
import { adapterErrorOf, partsOf } from '../../conformance/observe.ts';
import { deadPort, startTcpServer } from '../../support/upstream-server.ts';
import { adapterFor, ask, failureOf, type Options } from './open.ts';

async function failureAt(baseUrl: string, options: Options = {}): Promise<Error> {
  const adapter = adapterFor({ baseUrl, ...options });
  try {
    return await adapterErrorOf(partsOf(adapter, ask('Hi')), 'connection');
  } finally {
    await adapter.close();
  }
}

test('a port that nobody listens on gives no connection', async () => {
  const origin = `http://127.0.0.1:${await deadPort()}`;
  expect((await failureAt(`${origin}/v1`)).message).toMatch(
    `no connection to ${origin}: connect ECONNREFUSED`,
  );
});

test('a host without an address gives no connection', { timeout: 30_000 }, async () => {
  // The name is reserved for this: RFC 2606.
  expect((await failureAt('http://model.invalid/v1')).message).toMatch(
    /^no connection to http:\/\/model\.invalid: getaddrinfo/,
  );
});

test('a server that speaks no TLS gives no connection over https', async () => {
  const server = await startTcpServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await failureAt(`https://127.0.0.1:${server.port}/v1`);
  await server.close();
});

test('a server that is silent while TLS is agreed on gives no connection after connectMs', async () => {
  const server = await startTcpServer(() => undefined);
  // The one deadline that sockets keep themselves, in real time.
  const error = await failureAt(`https://127.0.0.1:${server.port}/v1`, { timeouts: { connectMs: 20 } });
  expect(error.message).toContain('timeout: 20ms');
  await server.close();
});

test.each(['cut', 'reset'] as const)('a connection that is %s before the reply is none', async (how) => {
  expect((await failureOf('connection', (exchange) => exchange[how]())).message).toContain(
    'no connection to',
  );
});
