import { Client, fetchExchange } from '@urql/core';
import { expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, listening } from '../support/test-app.ts';

/** A client of frontends as its guide sets it up, without a transport of its own for subscriptions. */
async function connect(): Promise<Client> {
  const { app } = createTestApp([[deployment(), saying('Hel', 'lo')]]);
  return new Client({
    url: await listening(app),
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
  });
}

const variables = { prompt: 'Hi' };

test('urql gets a typed answer', async () => {
  const client = await connect();
  const query =
    'query ($prompt: String!) { generate(input: { prompt: $prompt }) { ... on Generation { text } } }';
  const { data, error } = await client.query<unknown>(query, variables).toPromise();
  expect([data, error]).toMatchObject([{ generate: { text: 'Hello' } }, undefined]);
});

test('urql streams a subscription over fetch', async () => {
  const client = await connect();
  const texts: unknown[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const query = `subscription ($prompt: String!) { generateStream(input: { prompt: $prompt }) {
    __typename ... on TextDelta { text } } }`;
  client
    .subscription<{ generateStream: { __typename: string } }>(query, variables)
    .subscribe(({ data, hasNext }) => {
      texts.push(data?.generateStream);
      if (!hasNext || data?.generateStream.__typename === 'GenerationCompleted') resolve();
    });
  await ended;
  expect(texts).toEqual([
    { __typename: 'RouteDecided' },
    { __typename: 'TextDelta', text: 'Hel' },
    { __typename: 'TextDelta', text: 'lo' },
    { __typename: 'GenerationCompleted' },
  ]);
});
