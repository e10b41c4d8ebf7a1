import { createClient } from 'graphql-ws';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { operationSizes } from '../../src/server/document-size.ts';
import { createSmallApp, originOf } from './transport/small-app.ts';
import { post, transports } from './transport/transports.ts';

const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_none, n) => text(n)).join(' ');

/** Nothing in them is in the schema, which validation would tell, if it ran. */
const hostile: readonly (readonly [string, string, RegExp])[] = [
  [
    'of ten thousand aliases',
    `{ ${times(10_000, (n) => `a${n}: nothing`)} }`,
    /more than 2000 tokens.*it is \d+ characters/,
  ],
  ['of forty aliases', `{ ${times(40, (n) => `a${n}: nothing`)} }`, /40 fields at the top.*limit is 32/],
  ['that is deep', `${'{ a'.repeat(20)}${'}'.repeat(20)}`, /20 levels of fields.*limit is 16/],
  [
    'that is deep by fragments',
    `{ ...f0 } ${times(20, (n) => `fragment f${n} on Q { a${n} { ...f${n + 1} } }`)}`,
    /20 levels of fields; the limit is 16/,
  ],
  [
    'with a fragment inside itself',
    '{ ...f } fragment f on Q { a { ...f } }',
    /levels of fields; the limit is 16/,
  ],
  [
    'with fields inside themselves',
    '{ a { b { a { b { a { c } } } } } }',
    /3 fields of one name inside each other; the limit is 2/,
  ],
  ['with the same field many times', `{ a { ${'b '.repeat(100)} } }`, /10001 pairs .* limit is 4000/],
  [
    'with many fragments',
    `{ ${times(80, (n) => `...f${n}`)} } ${times(80, (n) => `fragment f${n} on Q { a }`)}`,
    /\d+ pairs .* limit is 4000/,
  ],
  [
    'that grows by fragments',
    `{ ...f0 } ${times(12, (n) => `fragment f${n} on Q { a${n} { ...f${n + 1} } b${n} { ...f${n + 1} } }`)}`,
    /1001 fields, fragments put in their places; the limit is 1000/,
  ],
];

describe.each(transports)('%s refuses, before it is validated, a document', (_name, path) => {
  test.for(hostile)('%s', async ([, query, message]) => {
    const { app, errors } = createSmallApp({}, { maxBodyBytes: 1_000_000 });
    const { status, body } = await post(`${await originOf(app)}${path}`, {
      headers: { accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query }),
    });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'DOCUMENT_TOO_LARGE' } }],
    });
    expect(errors()).toEqual([]);
  });
});

test.for(hostile)(
  'a WebSocket refuses, before it is validated, a document %s',
  async ([, query, message]) => {
    const { app } = createSmallApp({}, { maxBodyBytes: 1_000_000 });
    const url = `${(await originOf(app)).replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    onTestFinished(async () => await client.dispose());
    await expect(Array.fromAsync(client.iterate({ query }))).rejects.toEqual([
      { message: expect.stringMatching(message), extensions: { code: 'DOCUMENT_TOO_LARGE' } },
    ]);
  },
);

test('what tools ask of a schema is within the limits', async () => {
  const { body } = await post(`${await originOf(createSmallApp().app)}/graphql`, {
    body: JSON.stringify({
      query: getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }),
    }),
  });
  expect(body).toMatch(/^\{"data":\{"__schema":/);
});

describe('the size of a document', () => {
  test('counts fragments where they are spread, and merges what merges', () => {
    expect(
      operationSizes(
        parse(
          'query A { a { b b ...f } ...g } query B { a } fragment f on T { b c } fragment g on Q { a { d } x: a }',
        ),
      ),
    ).toEqual([
      { rootFields: 2, fields: 5, depth: 2, recursion: 1, comparisons: 1 + 4 + 1 + 1 + 9 + 1 + 1 },
      { rootFields: 1, fields: 1, depth: 1, recursion: 1, comparisons: 1 },
    ]);
  });

  test('is found without counting all of what fragments in fragments ask for', () => {
    const text = `{ ...f0 } ${times(60, (n) => `fragment f${n} on Q { a { ...f${n + 1} } b { ...f${n + 1} } }`)}`;
    expect(operationSizes(parse(text))[0]?.fields).toBe(1001);
  });
});
