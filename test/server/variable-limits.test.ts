import { createClient } from 'graphql-ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSmallApp, originOf } from './transport/small-app.ts';
import { post, transports } from './transport/transports.ts';

const query = 'query ($text: String!) { echo(text: $text) }';
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const list = (length: number) => `[${Array.from({ length }, () => '0').join()}]`;

/** None of them fits its type, which GraphQL would tell, if it looked. */
const hostile = [
  ['too many values', list(20_000), /more than 20000 values, the limit/],
  [
    'too many values in objects',
    `[${list(10_000)},{"a":${list(10_000)}}]`,
    /more than 20000 values, the limit/,
  ],
  ['values that are nested too deeply', nested(101), /more than 100 levels deep, the limit/],
  ['values that are nested beyond any stack', nested(200_000), /more than 100 levels deep, the limit/],
] as const;

const start = () => createSmallApp({}, { maxBodyBytes: 1_000_000 });
const bodyOf = (text: string) => `{"query":"${query}","variables":{"text":${text}}}`;

describe.each(transports)('%s refuses, before they are looked at, variables with', (_name, path) => {
  test.for(hostile)('%s', async ([, text, message]) => {
    const { app, errors } = start();
    const { status, body } = await post(`${await originOf(app)}${path}`, {
      headers: { accept: 'application/graphql-response+json' },
      body: bodyOf(text),
    });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'VARIABLES_TOO_LARGE' } }],
    });
    expect(errors()).toEqual([]);
  });

  test('nothing when they are as large as they may be', async () => {
    const url = `${await originOf(start().app)}${path}`;
    for (const text of [list(19_999), nested(100)]) {
      const { body } = await post(url, { body: bodyOf(text) });
      expect(body).toContain('got invalid value');
    }
  });
});

test.for(hostile.slice(0, 3))('a WebSocket refuses variables with %s', async ([, text, message]) => {
  const url = `${(await originOf(start().app)).replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  onTestFinished(async () => await client.dispose());
  const variables = { text: JSON.parse(text) as unknown };
  const results = await Array.fromAsync(client.iterate({ query, variables }));
  expect(results).toEqual([
    { errors: [{ message: expect.stringMatching(message), extensions: { code: 'VARIABLES_TOO_LARGE' } }] },
  ]);
});
