import { ROOT_CONTEXT } from '@opentelemetry/api';
import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { SchemaContext } from '../../schema/builder.ts';
import type { GenerationEvent } from '../../src/domain/generation-event.ts';
import type { AppOptions } from '../../src/server/app.ts';
import { subscribe } from '../support/graphql-client.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

const secret = 'password=hunter2 at 10.0.0.1';
const masked = {
  message: 'An error inside the gateway; its log says more.',
  extensions: { code: 'INTERNAL_ERROR' },
};
const prompt = 'a prompt that is nobody’s business';
const query = `{ generate(input: { prompt: "${prompt}" }) { __typename } }`;
const subscription = `subscription { generateStream(input: { prompt: "${prompt}" }) { __typename } }`;

const tracedScope: Partial<AppOptions<SchemaContext>> = {
  observeOperation: () => ({
    scope: { traceId: 'abc', spanId: 'def', context: ROOT_CONTEXT },
    end: () => undefined,
  }),
};

/** A gateway with a bug on its request path. */
function create(options: Partial<AppOptions<SchemaContext>> = {}) {
  const broken: Partial<SchemaContext['gateway']> = {
    generate: () => Promise.reject(new Error(secret)),
    async *stream(): AsyncGenerator<GenerationEvent> {
      yield { type: 'text-delta', text: 'Hi', generationId: '1', sequence: 1 };
      throw new Error(secret);
    },
  };
  // Only what these operations touch.
  const context = { gateway: broken } as SchemaContext;
  return createTestApp([], { createContext: () => context, ...options });
}

describe('of a bug a client learns that it happened', () => {
  test('in the answer to a query', async () => {
    const { app, errors } = create();
    const response = await app.fetch(post({ query }));
    expect(await response.json()).toMatchObject({ data: null, errors: [{ ...masked, path: ['generate'] }] });
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toContain('10.0.0.1');
  });

  test('as the last event over SSE', async () => {
    const { app, errors } = create();
    const results = await Array.fromAsync(subscribe(await listening(app), { query: subscription }));
    expect(results).toMatchObject([{ data: { generateStream: {} } }, { errors: [masked] }]);
    expect(JSON.stringify(results)).not.toContain('hunter2');
    expect(errors()).toHaveLength(1);
  });

  test('as the last event over graphql-ws', async () => {
    const { app, errors } = create();
    const url = (await listening(app)).replace('http', 'ws');
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const results = await Array.fromAsync(client.iterate({ query: subscription }));
    expect(results).toMatchObject([{ data: { generateStream: {} } }, { errors: [masked] }]);
    expect(JSON.stringify(results)).not.toContain('hunter2');
    expect(errors()).toHaveLength(1);
    await client.dispose();
  });

  test('and the log line leads to the trace, of a query as of a stream', async () => {
    const traced = create(tracedScope);
    await traced.app.fetch(post({ query }));
    await Array.fromAsync(subscribe(await listening(traced.app), { query: subscription }));
    expect(traced.errors().map((line) => /"traceId":"(\w+)"/.exec(line)?.[1])).toEqual(['abc', 'abc']);
  });

  test('and the log does not learn the prompt', async () => {
    const { app, lines } = create();
    await app.fetch(post({ query }));
    expect(lines.join('')).not.toContain('nobody');
  });
});
