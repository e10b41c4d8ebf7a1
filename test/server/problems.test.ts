import { describe, expect, test } from 'vitest';
import { AdapterError } from '../../adapters/errors.ts';
import { deployment, remoteDeployment } from '../support/deployments.ts';
import { subscribe } from '../support/graphql-client.ts';
import { failing, saying } from '../support/model-adapter.ts';
import { createTestApp, listening, post } from '../support/test-app.ts';

const dead = () => failing(new AdapterError('connection', 'refused'));

describe('a problem is an answer with a type of its own', () => {
  test.for<[string, object, AdapterError | undefined]>([
    ['ValidationProblem', { prompt: '' }, undefined],
    ['NoDeploymentAvailable', { prompt: 'Hi', constraints: { capabilities: ['IMAGES'] } }, undefined],
    ['UpstreamFailed', { prompt: 'Hi' }, new AdapterError('unavailable', '503')],
    ['ContentFiltered', { prompt: 'Hi' }, new AdapterError('content-filter', 'no')],
  ])('%s, to a query and to a subscription alike', async ([type, input, error]) => {
    const model = error === undefined ? saying('never') : failing(error);
    const { app, errors } = createTestApp([[deployment(), model]]);
    const variables = { input };
    const query = `query ($input: GenerateInput!) { generate(input: $input) { __typename ... on Problem { message } } }`;
    const answer: unknown = await (await app.fetch(post({ query, variables }))).json();
    const stream = `subscription ($input: GenerateInput!) { generateStream(input: $input) {
      ... on GenerationFailed { problem { __typename message } } } }`;
    const events = await Array.fromAsync(subscribe(await listening(app), { query: stream, variables }));
    const problem = { __typename: type, message: expect.stringMatching(/./) };
    expect(answer).toMatchObject({ data: { generate: problem } });
    expect(events.at(-1)).toMatchObject({ data: { generateStream: { problem } } });
    expect(errors()).toEqual([]);
  });
});

test('an attempt that failed tells its problem in the stream and in the answer', async () => {
  const { app } = createTestApp([
    [remoteDeployment(), dead()],
    [deployment(), saying('Hello')],
  ]);
  const query = `subscription { generateStream(input: { prompt: "Hi" }) { __typename
    ... on AttemptFailed { attempt { deployment { name } outcome problem { __typename code message } } }
    ... on GenerationCompleted { generation { attempts { outcome problem { code } } } } } }`;
  const events = await Array.fromAsync(subscribe(await listening(app), { query }));
  expect(events.map(({ data }) => data?.['generateStream'])).toMatchObject([
    { __typename: 'RouteDecided' },
    {
      attempt: {
        deployment: { name: 'large' },
        outcome: 'FAILED',
        problem: {
          __typename: 'AttemptProblem',
          code: 'CONNECTION_FAILED',
          message: 'large could not be reached.',
        },
      },
    },
    { __typename: 'TextDelta' },
    {
      generation: {
        attempts: [
          { outcome: 'FAILED', problem: { code: 'CONNECTION_FAILED' } },
          { outcome: 'SUCCEEDED', problem: null },
        ],
      },
    },
  ]);
});
