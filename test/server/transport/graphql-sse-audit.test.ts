import { createClient } from 'graphql-sse';
import { describe, expect, onTestFinished, test } from 'vitest';
import { endless } from './endless.ts';
import { createSmallApp, originOf, type Fields } from './small-app.ts';
import { transports } from './transports.ts';

/**
 * What https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md asks of a server in its distinct connections mode, sentence by sentence:
 * there is no suite of its own to run.
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
