import { Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { head, rawPost, rawPostInBytes, rawSocket } from './raw-socket.ts';
import { createSmallApp, originOf, type Fields } from './small-app.ts';
import { transports } from './transports.ts';

const query = '{ answer }';
const start = async (fields: Fields = {}) => await rawSocket(await originOf(createSmallApp(fields).app));
const echo = (text: string) => ({
  query: 'query ($text: String!) { echo(text: $text) }',
  variables: { text },
});

describe.each(transports)('%s', (_name, path) => {
  test('answers one request after the other on a connection', async () => {
    const { socket, until } = await start();
    for (const text of ['first', 'second', 'third']) {
      socket.write(rawPost(echo(text), { path }));
      await until(new RegExp(`\\{"data":\\{"echo":"${text}"\\}\\}$`));
    }
  });

  test('answers requests that came together in their order, whichever is ready first', async () => {
    const slow = Promise.withResolvers<string>();
    const { socket, until } = await start({ answer: () => slow.promise });
    socket.write(
      rawPost({ query }, { path }) + rawPost(echo('quick'), { path, headers: { connection: 'close' } }),
    );
    slow.resolve('slow');
    expect(await until(/quick/)).toMatch(/"answer":"slow"[^]*"echo":"quick"/);
  });

  test('reads a body in pieces of one byte', async () => {
    const { socket, until } = await start();
    socket.write(rawPostInBytes(echo('é 漢 🚂'), { path }));
    expect(Buffer.from(await until(/\}\}/), 'latin1').toString()).toContain('{"data":{"echo":"é 漢 🚂"}}');
  });

  test('sends a client on that asks before it sends its body', async () => {
    const { socket, until } = await start();
    const [lines = '', body = ''] = rawPost({ query }, { path, headers: { expect: '100-continue' } }).split(
      '\r\n\r\n',
    );
    socket.write(`${lines}\r\n\r\n`);
    await until(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    socket.write(body);
    expect(await until(/\}\}/)).toContain('{"data":{"answer":"Hello"}}');
  });

  test.for([
    ['declared', rawPost(echo('x'.repeat(200_000)), { path })],
    ['found out', rawPostInBytes(echo('x'.repeat(200_000)), { path })],
  ] as const)('refuses a body that is too large, be it %s', async ([, request]) => {
    const { socket, until } = await start();
    socket.write(request);
    expect(await until(/\}\]\}/)).toMatch(
      /^HTTP\/1.1 413 [^]*\{"errors":\[\{"message":"Request body too large","extensions":\{"code":"REQUEST_ENTITY_TOO_LARGE"\}\}\]\}/,
    );
  });
});

describe('our own transport', () => {
  test('sends head and body of an answer in one write', async () => {
    const { socket, until } = await start();
    const writing = vi.spyOn(Socket.prototype, 'write');
    onTestFinished(() => writing.mockRestore());
    socket.write(rawPost({ query }));
    await until(/\}\}/);
    const [, ...answers] = writing.mock.calls.map(([data]) => String(data));
    expect(answers).toEqual([
      expect.stringMatching(
        /^HTTP\/1.1 200 OK\r\n[^]*content-length: 27\r\n[^]*\r\n\r\n\{"data":\{"answer":"Hello"\}\}$/,
      ),
    ]);
  });

  test('refuses a body that is too large before it comes, and closes the connection when the client has stopped', async () => {
    const { socket, until, closed } = await start();
    socket.write(
      head('/graphql', { host: 'a', 'content-type': 'application/json', 'content-length': '900000000' }),
    );
    expect(await until(/\}\]\}/)).toMatch(/^HTTP\/1.1 413 [^]*connection: close/);
    socket.end();
    await closed();
  });
});
