import { setImmediate } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { adapterFor } from '../adapters/openai/open.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { deployment } from '../support/deployments.ts';
import { fieldOf, subscribe, type GraphqlResponse, type Operation } from '../support/graphql-client.ts';
import { delta, done, sseHeaders, usage } from '../support/openai-wire.ts';
import { createTestApp, listening } from '../support/test-app.ts';
import { seededRandom } from '../support/tiny-weights.ts';
import { startUpstreamServer } from '../support/upstream-server.ts';

type Connect = (url: string, operation: Operation) => AsyncIterable<GraphqlResponse>;

const transports: Readonly<Record<string, Connect>> = {
  SSE: (url, operation) => subscribe(url, operation),
  async *'graphql-ws'(url, operation) {
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    try {
      for await (const result of client.iterate({ ...operation, variables: { ...operation.variables } })) {
        yield result as GraphqlResponse;
      }
    } finally {
      await client.dispose();
    }
  },
};

const fields = `__typename generationId sequence ... on TextDelta { text }
  ... on GenerationCompleted { generation { text } } ... on GenerationFailed { problem { code message } }`;
const startQuery = `subscription { generateStream(input: { prompt: "Hi", resumable: true, cache: { mode: OFF } }) { ${fields} } }`;
const resumeQuery = `subscription ($id: ID!, $after: Int!) {
  resumeStream(generationId: $id, afterSequence: $after) { ${fields} } }`;

/** Reads a stream to its end, and comes back after each break with the last event that it has seen. */
async function readThrough(connect: (operation: Operation) => AsyncIterable<GraphqlResponse>) {
  const seen: Readonly<Record<string, unknown>>[] = [];
  const unfinished = () =>
    !['GenerationCompleted', 'GenerationFailed'].includes(String(seen.at(-1)?.['__typename']));
  while (unfinished()) {
    const last = seen.at(-1);
    const [field, operation] =
      last === undefined
        ? (['generateStream', { query: startQuery }] as const)
        : ([
            'resumeStream',
            { query: resumeQuery, variables: { id: last['generationId'], after: last['sequence'] } },
          ] as const);
    try {
      for await (const result of connect(operation)) seen.push(fieldOf(result, field));
    } catch (error) {
      // A break before the first event would leave nothing to come back to; whatever is no break must not be overlooked.
      if (seen.length === 0 || String(error).includes('there is no object')) throw error;
    }
  }
  return seen;
}

/** An upstream that says the words as fast as they are taken, a turn of the event loop each. */
async function startSpeaking(words: readonly string[]) {
  const upstream = await startUpstreamServer(async (exchange) => {
    exchange.head(200, sseHeaders);
    for (const content of words) {
      await exchange.write(delta({ content }));
      await setImmediate();
    }
    exchange.end(delta({}, 'stop') + usage() + done);
  });
  onTestFinished(() => upstream.close());
  return upstream;
}

const runs = Object.keys(transports).flatMap((name) => [1, 2, 3, 4, 5].map((seed) => [name, seed] as const));

describe('a connection that is cut again and again loses and doubles nothing', () => {
  test.for(runs)('over %s, seed %i', async ([name, seed]) => {
    const random = seededRandom(seed);
    const words = Array.from({ length: 600 }, (_word, index) => `${random() < 0.1 ? '🚂' : ' '}${index}`);
    const upstream = await startSpeaking(words);
    const adapter = adapterFor({ baseUrl: upstream.baseUrl });
    onTestFinished(() => adapter.close());
    const { app, gateway, outcomes, errors } = createTestApp([[deployment(), adapter]]);
    const url = await listening(app);
    let connections = 0;
    const proxy = await startCuttingProxy(new URL(url), () => {
      connections += 1;
      // The first event must come through: it names the generation.
      const afterBytes = (connections === 1 ? 1500 : 1) + Math.floor(random() * 8000);
      return { afterBytes, cut: random() < 0.5 ? 'fin' : 'rst' };
    });
    onTestFinished(() => proxy.close());

    const connect = transports[name] ?? expect.fail(name);
    const seen = await readThrough((operation) =>
      connect(`http://127.0.0.1:${proxy.port}/graphql`, operation),
    );

    expect(proxy.cuts()).toBeGreaterThan(5);
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_event, index) => index + 1));
    expect(seen.flatMap(({ text }) => (typeof text === 'string' ? text : [])).join('')).toBe(words.join(''));
    expect(seen.at(-1)).toMatchObject({ generation: { text: words.join('') } });
    await gateway.drain(1000);
    expect([upstream.requests.length, outcomes.length, outcomes[0]?.result.type]).toEqual([
      1,
      1,
      'completed',
    ]);
    expect(errors()).toEqual([]);
  });
});
