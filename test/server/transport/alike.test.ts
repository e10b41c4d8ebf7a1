import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmallApp } from './small-app.ts';
import { post, transports, type Received } from './transports.ts';

const responseJson = 'application/graphql-response+json';
const query = '{ answer }';
const two = 'query A { answer } query B { __typename }';
const echo = 'query ($text: String!) { echo(text: $text) }';

/** Bodies, with the status for a client of today. */
const bodies: readonly (readonly [string, number, unknown])[] = [
  ['a query', 200, { query }],
  ['a mutation', 200, { query: 'mutation { set }' }],
  ['a bug', 500, { query: '{ broken }' }],
  ['variables', 200, { query: echo, variables: { text: 'Hi 🚂' } }],
  ['no variables', 200, { query, variables: null, operationName: null, extensions: null }],
  ['one of two operations', 200, { query: two, operationName: 'B' }],
  ['neither of two operations', 400, { query: two }],
  ['an operation that is not there', 400, { query: two, operationName: 'C' }],
  ['an operation without a name', 400, { query: two, operationName: '' }],
  ['a name that is no text', 400, { query: two, operationName: 7 }],
  ['no operation', 400, { query: 'fragment A on Query { __typename }' }],
  ['bad syntax', 400, { query: '{ answer(' }],
  ['an unknown field', 400, { query: '{ answr }' }],
  ['a document that is too long', 400, { query: '{a'.repeat(5000) }],
  ['a missing variable', 400, { query: echo }],
  ['a variable of another type', 400, { query: echo, variables: { text: 7 } }],
  ['no query', 400, {}],
  ['a query that is null', 400, { query: null }],
  ['a query that is no text', 400, { query: 7 }],
  ['variables that are no object', 400, { query, variables: 'a' }],
  ['variables that are a list', 400, { query, variables: [] }],
  ['extensions that are no object', 400, { query, extensions: 'a' }],
  ['an unknown member', 400, { query, text: 'Hi' }],
  ['an unknown member that is null', 200, { query, text: null }],
  ['a batch', 400, [{ query }]],
  ['an empty list', 400, []],
  ['null', 400, null],
  ['a number', 400, 7],
  [
    'bytes that are no UTF-8',
    200,
    Buffer.from([...Buffer.from('{"query":"{ answer } #'), 0xff, ...Buffer.from('"}')]),
  ],
  ['a member named __proto__', 400, Buffer.from(`{"query":"${query}","__proto__":{"a":1}}`)],
];

const subscriptions: typeof bodies = [
  ['a subscription', 406, { query: 'subscription { events }' }],
  ['a subscription that cannot begin', 500, { query: 'subscription { refused }' }],
  [
    'a subscription without its variable',
    400,
    { query: 'subscription ($text: String!) { events(text: $text) }' },
  ],
];

const accepts = [
  undefined,
  '*/*',
  'application/*',
  'text/*',
  'text/event-stream',
  'application/json',
  'APPLICATION/JSON',
  `${responseJson}, application/json;q=0.9`,
  `application/json, ${responseJson}`,
  `${responseJson}; charset=utf-8`,
  `${responseJson}; charset=latin1`,
  'application/json, text/event-stream',
  'text/html, */*;q=0.8',
  'text/plain',
] as const;

const { app } = createSmallApp({}, { corsOrigins: ['https://a.example', 'https://b.example'] });
let origin = '';
beforeAll(async () => {
  origin = (await app.listen({ host: '127.0.0.1', port: 0 })).url;
});
afterAll(async () => await app.close());

const ask = async (body: unknown, headers: Readonly<Record<string, string>>) =>
  await Promise.all(
    transports.map(
      async ([, path]) =>
        await post(`${origin}${path}`, {
          headers,
          body: Buffer.isBuffer(body) ? body : JSON.stringify(body),
        }),
    ),
  );

describe('our own transport answers as yoga does', () => {
  test.for([...bodies, ...subscriptions])('%s', async ([, status, body]) => {
    const [own, yoga] = await ask(body, { accept: responseJson });
    expect(own).toMatchObject({
      status,
      headers: status === 406 ? {} : { 'content-type': `${responseJson}; charset=utf-8` },
    });
    for (const accept of accepts) {
      const [ours, theirs] = await ask(body, accept === undefined ? {} : { accept });
      expect(comparable(ours), accept).toEqual(comparable(theirs));
    }
    expect(comparable(own)).toEqual(comparable(yoga));
  });

  test.for([
    ['malformed JSON', '{"query": '],
    ['a mark of byte order', `\uFEFF${JSON.stringify({ query })}`],
    ['nothing', ''],
  ] as const)('%s, but that yoga quotes it, and does not fail a stream', async ([, body]) => {
    for (const accept of [responseJson, 'application/json', 'text/event-stream']) {
      const [own, yoga] = await ask(Buffer.from(body), { accept });
      const message = expect.stringContaining('POST body sent invalid JSON.');
      expect(own).toMatchObject({ status: 400, body: message });
      expect(yoga).toMatchObject({ status: accept === 'text/event-stream' ? 200 : 400, body: message });
    }
  });

  test('to an origin that is allowed', async () => {
    const [own, yoga] = await ask({ query }, { origin: 'https://b.example' });
    expect(own?.headers).toMatchObject({
      'access-control-allow-origin': 'https://b.example',
      vary: 'Origin',
    });
    expect(comparable(own)).toEqual(comparable(yoga));
  });

  test.for([
    ['another origin', { origin: 'https://c.example' }],
    ['an origin that hides', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ] as const)('to %s', async ([, headers]) => {
    const [own, yoga] = await ask({ query }, headers);
    expect(own).toMatchObject({ status: 403, body: yoga?.body });
    expect(own?.headers).not.toHaveProperty('access-control-allow-origin');
    expect(yoga?.status).toBe(403);
  });
});

/** All but what is about the connection, not the answer. */
function comparable(received: Received | undefined) {
  if (received === undefined) throw new Error('there is no answer');
  const { status, headers, body } = received;
  // Yoga lists what it could serve several times over.
  if (status === 406) return { status, body };
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name))),
    body,
  };
}

const ofConnection = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);
