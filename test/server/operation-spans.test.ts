import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/telemetry/telemetry.ts';
import { deployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { finish, modelAdapter, saying } from '../support/model-adapter.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

interface Seen {
  readonly operation: Operation;
  readonly ends: ({ readonly errorType: string } | undefined)[];
}

/** Every operation that was observed, with each end of it. */
function create(model = saying('Hello')) {
  const seen: Seen[] = [];
  const gateway = createTestApp([[deployment(), model]], {
    observeOperation(operation) {
      const ends: Seen['ends'] = [];
      seen.push({ operation, ends });
      return {
        scope: { traceId: undefined, spanId: undefined, context: ROOT_CONTEXT },
        end: (problem) => ends.push(problem),
      };
    },
  });
  return { ...gateway, seen };
}

describe('an operation is observed once, and ends once', () => {
  test('a query, with its name and the headers of its request', async () => {
    const { app, seen } = create();
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    await app.fetch(post({ query: 'query First { __typename }' }, headers));
    expect(seen).toMatchObject([{ operation: { type: 'query', name: 'First' }, ends: [undefined] }]);
    expect(seen[0]?.operation.headers.get('traceparent')).toBe(headers.traceparent);
  });

  test('a subscription, with its last event', async () => {
    const endsWhileSpeaking: number[] = [];
    const model = modelAdapter(async function* () {
      yield { type: 'text-delta', text: 'Hello' };
      endsWhileSpeaking.push(seen[0]?.ends.length ?? -1);
      yield finish;
    });
    const { app, seen } = create(model);
    const query = 'subscription { generateStream(input: { prompt: "Hi" }) { __typename } }';
    await Array.fromAsync(subscribe(await listening(app), { query }));
    expect(endsWhileSpeaking).toEqual([0]);
    expect(seen).toMatchObject([{ operation: { type: 'subscription' }, ends: [undefined] }]);
  });

  test('one that failed, with the kind of its error', async () => {
    const { app, seen } = create();
    await app.fetch(post({ query: 'query ($of: String!) { __type(name: $of) { name } }', variables: {} }));
    expect(seen).toMatchObject([{ ends: [{ errorType: expect.any(String) }] }]);
  });

  test('a text that is no operation is none', async () => {
    const { app, seen } = create();
    await app.fetch(post({ query: '{ nothing }' }));
    expect(seen).toEqual([]);
  });
});
