import { createClient } from 'graphql-sse';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSmallApp, originOf, type Fields } from './small-app.ts';
import { transports } from './transports.ts';

/**
 * What https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md asks of a server, sentence by sentence: there is no suite of its own to
 * run.
 */

const streamPath = '/graphql/stream';
const subscription = 'subscription { events }';
const start = async (fields: Fields = {}) => await originOf(createSmallApp(fields).app);

async function ask(
  url: string,
  query: string,
): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

/** Name and data of each event. */
function eventsOf(text: string): readonly { readonly event: string; readonly data: unknown }[] {
  return [...text.matchAll(/^event: (\w+)\ndata: ?(.*)$/gm)].map(([, event = '', data = '']) => ({
    event,
    data: data === '' ? undefined : (JSON.parse(data) as unknown),
  }));
}

/** A stream that goes on until it is ended, and tells that. */
function endless() {
  const ended = Promise.withResolvers<void>();
  const events = async function* (signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield 'one';
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      ended.resolve();
    }
  };
  return { events, ended: ended.promise };
}

describe.each([...transports, ['the path of graphql-sse', streamPath] as const])(
  'distinct connections, %s',
  (_name, path) => {
    test('the content type is always text/event-stream', async () => {
      const url = `${await start()}${path}`;
      for (const query of [subscription, '{ answer }', '{ broken }', '{ answr }', '{']) {
        expect((await ask(url, query)).type).toMatch(/^text\/event-stream(;|$)/);
      }
    });

    test.for([
      ['text that is no document', '{ answer('],
      ['a document that is not valid', '{ answr }'],
      ['a document that is too large', `{ ${'answer '.repeat(3000)} }`],
      ['a variable that is missing', 'query ($text: String!) { echo(text: $text) }'],
    ] as const)('%s is told of by an event on an accepted connection', async ([, query]) => {
      const { status, text } = await ask(`${await start()}${path}`, query);
      expect(status).toBe(200);
      expect(eventsOf(text)).toEqual([
        { event: 'next', data: { errors: [expect.objectContaining({ message: expect.any(String) })] } },
        { event: 'complete', data: undefined },
      ]);
    });

    test('every result is a next event, and complete follows the last', async () => {
      const { text } = await ask(`${await start()}${path}`, subscription);
      expect(eventsOf(text)).toEqual([
        { event: 'next', data: { data: { events: 'Hel' } } },
        { event: 'next', data: { data: { events: 'lo' } } },
        { event: 'complete', data: undefined },
      ]);
    });

    test('an operation with one result has one next event', async () => {
      const { text } = await ask(`${await start()}${path}`, '{ answer }');
      expect(eventsOf(text).map(({ event }) => event)).toEqual(['next', 'complete']);
    });

    test('an event stream begins with something, and ends its last event', async () => {
      const { text } = await ask(`${await start()}${path}`, subscription);
      expect(text).toMatch(/^:\n\n[^]*event: complete\ndata: ?\n\n$/);
    });

    test('the client ends a stream by closing its connection', async () => {
      const { events, ended } = endless();
      const client = createClient({ url: `${await start({ events })}${path}`, retryAttempts: 0 });
      for await (const { data } of client.iterate({ query: subscription })) {
        expect(data).toEqual({ events: 'one' });
        break;
      }
      await ended;
    });

    test('the client of graphql-sse reads a stream, and the error of one', async () => {
      const client = createClient({ url: `${await start()}${path}`, retryAttempts: 0 });
      onTestFinished(() => client.dispose());
      expect(await Array.fromAsync(client.iterate({ query: subscription }))).toEqual([
        { data: { events: 'Hel' } },
        { data: { events: 'lo' } },
      ]);
      expect(await Array.fromAsync(client.iterate({ query: '{ answr }' }))).toMatchObject([
        { errors: [{ message: expect.stringContaining('answr') }] },
      ]);
    });
  },
);

describe('a single connection', () => {
  const reserve = async (url: string) => {
    const response = await fetch(url, { method: 'PUT' });
    return { status: response.status, token: await response.text() };
  };
  const connect = async (url: string, token: string) =>
    await fetch(`${url}?token=${token}`, { headers: { accept: 'text/event-stream' } });
  const operate = async (url: string, token: string, query: string) =>
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-graphql-event-stream-token': token },
      body: JSON.stringify({ query, extensions: { operationId: 'mine' } }),
    });
  const readUntil = async (response: Response, pattern: RegExp): Promise<string> => {
    let text = '';
    const { body } = response;
    if (body === null) throw new Error('the stream has no body');
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (pattern.test(text)) return text;
    }
    throw new Error(`ended after ${text}`);
  };

  test('is reserved by PUT, with a token for the answer', async () => {
    const { status, token } = await reserve(`${await start()}${streamPath}`);
    expect([status, token]).toEqual([201, expect.stringMatching(/^.{16,}$/)]);
  });

  test('is one: a second one is refused', async () => {
    const url = `${await start()}${streamPath}`;
    const { token } = await reserve(url);
    const first = await connect(url, token);
    expect([first.status, (await connect(url, token)).status]).toEqual([200, 409]);
    await first.body?.cancel();
  });

  test('carries the results of operations with their ids', async () => {
    const url = `${await start()}${streamPath}`;
    const { token } = await reserve(url);
    const stream = await connect(url, token);
    expect((await operate(url, token, subscription)).status).toBe(202);
    expect(eventsOf(await readUntil(stream, /event: complete\n.*\n\n/))).toEqual([
      { event: 'next', data: { id: 'mine', payload: { data: { events: 'Hel' } } } },
      { event: 'next', data: { id: 'mine', payload: { data: { events: 'lo' } } } },
      { event: 'complete', data: { id: 'mine' } },
    ]);
  });

  test('is not used for what is wrong with an operation', async () => {
    const url = `${await start()}${streamPath}`;
    const { token } = await reserve(url);
    const stream = await connect(url, token);
    for (const query of ['{ answr }', '{']) {
      const refused = await operate(url, token, query);
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{}] }]);
    }
    await stream.body?.cancel();
  });

  test('ends an operation by DELETE', async () => {
    const { events, ended } = endless();
    const url = `${await start({ events })}${streamPath}`;
    const { token } = await reserve(url);
    const stream = await connect(url, token);
    await operate(url, token, subscription);
    const deleted = await fetch(`${url}?operationId=mine`, {
      method: 'DELETE',
      headers: { 'x-graphql-event-stream-token': token },
    });
    expect(deleted.status).toBe(200);
    await ended;
    await stream.body?.cancel();
  });

  test('serves the client of graphql-sse', async () => {
    const client = createClient({
      url: `${await start()}${streamPath}`,
      singleConnection: true,
      retryAttempts: 0,
    });
    onTestFinished(() => client.dispose());
    const streams = [1, 2].map(async () => await Array.fromAsync(client.iterate({ query: subscription })));
    const both = [{ data: { events: 'Hel' } }, { data: { events: 'lo' } }];
    expect(await Promise.all(streams)).toEqual([both, both]);
  });
});
