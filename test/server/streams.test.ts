import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, listening } from '../support/test-app.ts';

const query = `subscription ($prompt: String!) {
  generateStream(input: { prompt: $prompt, cache: { mode: OFF } }) {
    __typename sequence ... on TextDelta { text } ... on GenerationCompleted { generation { text } } } }`;
const operation = { query, variables: { prompt: 'Hi' } };
const events = [
  { __typename: 'RouteDecided', sequence: 1 },
  { __typename: 'TextDelta', sequence: 2, text: 'Hel' },
  { __typename: 'TextDelta', sequence: 3, text: 'lo 🚂' },
  { __typename: 'GenerationCompleted', sequence: 4, generation: { text: 'Hello 🚂' } },
];

const start = async () => await listening(createTestApp([[deployment(), saying('Hel', 'lo 🚂')]]).app);
const eventsOf = (results: readonly { data?: Record<string, unknown> | null | undefined }[]) =>
  results.map(({ data }) => data?.['generateStream']);

/** The same events, whatever way they come. */
describe('a subscription streams', () => {
  test('over SSE on the path of queries', async () => {
    expect(eventsOf(await Array.fromAsync(subscribe(await start(), operation)))).toEqual(events);
  });

  test('over SSE to a GET, as EventSource asks', async () => {
    const url = `${await start()}?${new URLSearchParams({ query, variables: JSON.stringify(operation.variables) })}`;
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    const texts = (await response.text()).match(/^data: ?(\{.*)$/gm) ?? [];
    const results = texts.map(
      (line) => JSON.parse(line.replace(/^data: ?/, '')) as { data: Record<string, unknown> },
    );
    expect(eventsOf(results)).toEqual(events);
  });

  test('in graphql-sse’s distinct mode', async () => {
    const client = createSseClient({ url: `${await start()}/stream`, retryAttempts: 0 });
    expect(eventsOf(await Array.fromAsync(client.iterate(operation)))).toEqual(events);
    client.dispose();
  });

  test('over graphql-ws, several on one socket', async () => {
    const url = (await start()).replace('http', 'ws');
    const client = createWsClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const streams = [1, 2, 3].map(async () => await Array.fromAsync(client.iterate(operation)));
    expect((await Promise.all(streams)).map(eventsOf)).toEqual([events, events, events]);
    await client.dispose();
  });
});

test('a query is answered over graphql-ws too', async () => {
  const url = (await start()).replace('http', 'ws');
  const client = createWsClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  const answer = '{ generate(input: { prompt: "Hi" }) { ... on Generation { text } } }';
  const results = await Array.fromAsync(client.iterate({ query: answer }));
  expect(results).toEqual([{ data: { generate: { text: 'Hello 🚂' } } }]);
  await client.dispose();
});
