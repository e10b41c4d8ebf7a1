import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { endless } from './endless.ts';
import { createSmallApp, originOf, type Fields } from './small-app.ts';

/**
 * What https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md asks of a server, sentence by sentence: there is no suite of its own to
 * run.
 */

const subscription = 'subscription { events }';
const subscribe = (query: string, id = 'mine') => ({ type: 'subscribe', id, payload: { query } });
const init = { type: 'connection_init' };

interface Talk {
  readonly socket: WebSocket;
  readonly send: (message: unknown) => void;
  /** The next messages, as many as asked for. */
  readonly read: (count: number) => Promise<readonly unknown[]>;
  /** The code that the server closes with. */
  readonly closed: Promise<number>;
}

async function open(fields: Fields = {}, protocol = 'graphql-transport-ws'): Promise<Talk> {
  const url = `${(await originOf(createSmallApp(fields).app)).replace('http', 'ws')}/graphql`;
  const socket = new WebSocket(url, protocol === '' ? [] : protocol);
  onTestFinished(() => socket.terminate());
  const messages: unknown[] = [];
  let look: (() => void) | undefined;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()));
    look?.();
  });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  await once(socket, 'open');
  return {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async read(count) {
      await new Promise<void>((resolve) => {
        look = () => {
          if (messages.length >= count) resolve();
        };
        look();
      });
      return messages.splice(0, count);
    },
  };
}

async function connected(fields: Fields = {}): Promise<Talk> {
  const talk = await open(fields);
  talk.send(init);
  await talk.read(1);
  return talk;
}

describe('the connection', () => {
  test('speaks graphql-transport-ws', async () => {
    expect((await open()).socket.protocol).toBe('graphql-transport-ws');
  });

  test('is closed with 4406 to those who do not say that they speak it', async () => {
    expect(await (await open({}, '')).closed).toBe(4406);
  });

  test('is acknowledged', async () => {
    const { send, read } = await open();
    send(init);
    expect(await read(1)).toEqual([{ type: 'connection_ack' }]);
  });

  test('is closed with 4408 when it is not initialised in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { closed } = await open();
    vi.advanceTimersByTime(3000);
    expect(await closed).toBe(4408);
  });

  test('is closed with 4429 when it is initialised twice', async () => {
    const { send, closed } = await open();
    send(init);
    send(init);
    expect(await closed).toBe(4429);
  });

  test('is closed with 4401 for an operation before it is acknowledged', async () => {
    const { send, closed } = await open();
    send(subscribe(subscription));
    expect(await closed).toBe(4401);
  });

  test('answers a ping', async () => {
    const { send, read } = await connected();
    send({ type: 'ping' });
    expect(await read(1)).toEqual([{ type: 'pong' }]);
  });

  test.for([
    ['no JSON', '{'],
    ['no object', '7'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['no id', '{"type":"subscribe","payload":{"query":"{ answer }"}}'],
    ['no query', '{"type":"subscribe","id":"mine","payload":{}}'],
    [
      'variables that are none',
      '{"type":"subscribe","id":"mine","payload":{"query":"{ answer }","variables":7}}',
    ],
  ] as const)('is closed with 4400 at once for a message of %s', async ([, message]) => {
    const { send, closed } = await connected();
    send(message);
    expect(await closed).toBe(4400);
  });

  test('that its client closes ends its streams', async () => {
    const { events, ended } = endless();
    const { socket, send, read } = await connected({ events });
    send(subscribe(subscription));
    await read(1);
    socket.close(1000);
    await ended;
  });
});

describe('an operation', () => {
  test('with one result has one next message, then complete', async () => {
    const { send, read } = await connected();
    send(subscribe('{ answer }'));
    expect(await read(2)).toEqual([
      { id: 'mine', type: 'next', payload: { data: { answer: 'Hello' } } },
      { id: 'mine', type: 'complete' },
    ]);
  });

  test('that streams has a next message for each result, then complete', async () => {
    const { send, read } = await connected();
    send(subscribe(subscription));
    expect(await read(3)).toEqual([
      { id: 'mine', type: 'next', payload: { data: { events: 'Hel' } } },
      { id: 'mine', type: 'next', payload: { data: { events: 'lo' } } },
      { id: 'mine', type: 'complete' },
    ]);
  });

  test.for([
    ['text that is no document', '{ answer('],
    ['a document that is not valid', '{ answr }'],
    ['a document that is too large', `{ ${'answer '.repeat(3000)} }`],
  ] as const)('of %s has an error message and no complete', async ([, query]) => {
    const { send, read } = await connected();
    send(subscribe(query));
    const told = await read(1);
    expect(told).toEqual([
      { id: 'mine', type: 'error', payload: [expect.objectContaining({ message: expect.any(String) })] },
    ]);
    expect(JSON.stringify(told)).not.toContain('"http"');
    send({ type: 'ping' });
    expect(await read(1)).toEqual([{ type: 'pong' }]);
  });

  test('with the id of a stream under way closes the connection with 4409', async () => {
    const { send, read, closed } = await connected(endless());
    send(subscribe(subscription));
    await read(1);
    send(subscribe(subscription));
    expect(await closed).toBe(4409);
  });

  test('that the client completes is ended, and says no more', async () => {
    const { events, ended } = endless();
    const { send, read } = await connected({ events });
    send(subscribe(subscription));
    await read(1);
    send({ type: 'complete', id: 'mine' });
    await ended;
    send(subscribe('{ answer }', 'other'));
    expect(await read(2)).toMatchObject([
      { id: 'other', type: 'next' },
      { id: 'other', type: 'complete' },
    ]);
  });

  test('may have an id that is free again', async () => {
    const { send, read } = await connected();
    for (let count = 0; count < 2; count += 1) {
      send(subscribe(subscription));
      expect((await read(3)).at(-1)).toEqual({ id: 'mine', type: 'complete' });
    }
  });
});

test('the client of graphql-ws is served', async () => {
  const url = `${(await originOf(createSmallApp().app)).replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  expect(await Array.fromAsync(client.iterate({ query: subscription }))).toEqual([
    { data: { events: 'Hel' } },
    { data: { events: 'lo' } },
  ]);
  await client.dispose();
});
