import { readFileSync } from 'node:fs';
import { Kind, parse, print, validate, type OperationDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../schema/index.ts';
import type { ModelStore } from '../../src/gateway/model-pulls.ts';
import { caller } from '../support/composed-gateway.ts';
import { deployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { saying, usage } from '../support/model-adapter.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

const text = readFileSync(new URL('../fixtures/operations.graphql', import.meta.url), 'utf8');
const operations = parse(text).definitions.filter(
  (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
);
const named = operations.map((operation) => [operation.name?.value ?? '', operation] as const);
const prompt = 'What is the capital of France?';

/** One model that talks and one that embeds. */
function create() {
  const embedding = {
    kind: 'scripted',
    traits: () => ({ capabilities: ['embeddings'] as const, contextTokens: 512, samplingParameters: [] }),
    embed: ({ texts }: { readonly texts: readonly string[] }) =>
      Promise.resolve({
        vectors: texts.map((_text, index) => [index, 1]),
        dimensions: 2,
        truncated: texts.map(() => false),
        usage,
      }),
    close: () => Promise.resolve(),
  };
  const traits = { capabilities: ['embeddings'] as const, contextTokens: 512, samplingParameters: [] };
  const models = [
    [deployment(), saying('Paris', '.')],
    [deployment({ name: 'vectors', model: 'vector-model', traits }), embedding],
  ] as const;
  return createTestApp(models, { modelStore });
}

const modelStore: ModelStore = {
  find: ({ source }) => ({ name: 'smollm2', source, fetch: () => Promise.resolve() }),
};

test('the file holds the operations', () => {
  expect(operations.length).toBeGreaterThan(6);
});

describe('an operation that clients use is answered as it is written', () => {
  test.for(named)('%s', async ([, operation]) => {
    const query = print(operation);
    expect(validate(schema, parse(query))).toEqual([]);
    const { app, gateway, modelPulls, errors } = create();
    const ended = await Array.fromAsync(gateway.stream({ prompt, resumable: true }, caller()));
    const pull = modelPulls.pull({ source: 'hf:owner/name', name: undefined });
    const id = 'id' in pull ? pull.id : undefined;
    const variables = { prompt, generationId: ended[0]?.generationId, after: 1, id };
    const results =
      operation.operation === 'subscription'
        ? await Array.fromAsync(subscribe(await listening(app), { query, variables }))
        : [await (await app.fetch(post({ query, variables }))).json()];
    expect(results.length).toBeGreaterThan(0);
    expect(JSON.stringify(results)).not.toMatch(/"errors"|Problem"|"message"/);
    expect(errors()).toEqual([]);
  });
});
