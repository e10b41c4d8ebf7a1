import { expect, test } from 'vitest';
import { createScriptedAdapter } from '../../adapters/scripted/index.ts';
import { scriptedOptionsSchema } from '../../adapters/scripted/options.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { deployment } from '../support/deployments.ts';
import { createTestApp, post } from '../support/test-app.ts';

const capabilities = ['classification', 'reranking'] as const;

async function answer(query: string): Promise<unknown> {
  const traits = { capabilities, contextTokens: undefined, samplingParameters: [] };
  const options = scriptedOptionsSchema.parse({ capabilities, labels: ['spam', 'ham'] });
  const adapter = createScriptedAdapter(options, conformanceContext());
  const { app } = createTestApp([[deployment({ name: 'reader', model: 'reader', traits }), adapter]]);
  return await (await app.fetch(post({ query }))).json();
}

test('classify gives every text its labels, and says who did it at what cost', async () => {
  const query = `{ classify(input: { texts: ["win money", "hello"] }) { ... on Classifications {
    results { label scores { label score } truncated } usage { inputTokens } cost { usd } deployment { name } } } }`;
  expect(await answer(query)).toMatchObject({
    data: {
      classify: {
        results: [
          { scores: [{ score: expect.any(Number) }, { score: expect.any(Number) }], truncated: false },
          { truncated: false },
        ],
        usage: { inputTokens: 3 },
        deployment: { name: 'reader' },
      },
    },
  });
});

test('rerank gives the best documents first, with their places in the input', async () => {
  const query = `{ rerank(input: { query: "pets", documents: ["tax law", "pets and people", "cats"], topK: 2 }) {
    ... on Reranking { results { index document score } } } }`;
  expect(await answer(query)).toEqual({
    data: {
      rerank: {
        results: [
          { index: 1, document: 'pets and people', score: 1 },
          { index: 0, document: 'tax law', score: 0 },
        ],
      },
    },
  });
});

test('texts that are missing or empty are named by their field', async () => {
  const query = `{ classify(input: { texts: ["a", ""] }) { ... on ValidationProblem { issues { path message } } } }`;
  expect(await answer(query)).toEqual({
    data: { classify: { issues: [{ path: 'input.texts.1', message: 'must not be empty' }] } },
  });
});

test('a gateway without a model for it says so', async () => {
  const query = `{ embed(input: { texts: ["a"] }) { ... on NoDeploymentAvailable { rejected { code } } } }`;
  expect(await answer(query)).toEqual({ data: { embed: { rejected: [{ code: 'CAPABILITY_MISSING' }] } } });
});
