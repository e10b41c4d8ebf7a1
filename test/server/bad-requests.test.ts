import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { saying, type RecordedAdapter } from '../support/model-adapter.ts';
import { createTestApp, endpoint, post, type TestApp } from '../support/test-app.ts';

const query = '{ generate(input: { prompt: "Hi" }) { __typename } }';
let model: RecordedAdapter;
let gateway: TestApp;

beforeEach(() => {
  model = saying('never');
  gateway = createTestApp([[deployment(), model]]);
});

afterEach(() => {
  expect(model.calls, 'calls of the model').toEqual([]);
  expect(gateway.errors(), 'lines at error level').toEqual([]);
});

const messageOf = async (response: Response) => {
  const body = (await response.json()) as { errors: { message: string }[] };
  return body.errors[0]?.message;
};

describe('a request that is no GraphQL over HTTP', () => {
  test.for<[string, Request, number, RegExp]>([
    ['malformed JSON', post('{"query": '), 400, /JSON/],
    ['a body that is no object', post('[1]'), 400, /./],
    ['no query', post({}), 400, /query/i],
    ['a query that is no text', post({ query: 7 }), 400, /string/],
    ['variables that are no object', post({ query, variables: 'a' }), 400, /variables/],
    ['an unknown member', post({ query, prompt: 'Hi' }), 400, /prompt/],
    ['a batch', post([{ query }]), 400, /[Bb]atch/],
    ['bad syntax', post({ query: '{ generate(' }), 400, /Syntax Error/],
    ['an unknown field', post({ query: '{ generat }' }), 400, /generat/],
    ['an unknown argument', post({ query: '{ generate(prompt: "Hi") { __typename } }' }), 400, /prompt/],
    ['a form', form(new URLSearchParams({ query })), 415, /application\/json/],
    ['a multipart form', form(multipart()), 415, /application\/json/],
    ['plain text', post(query, { 'content-type': 'text/plain' }), 415, /application\/json/],
    ['no type', form(new Blob([JSON.stringify({ query })])), 415, /application\/json/],
    ['a mutation by GET', get('mutation { __typename }'), 405, /POST/],
    ['another method', new Request(endpoint, { method: 'DELETE' }), 405, /GET and POST/],
  ])('%s is told with its status', async ([, request, status, message]) => {
    const response = await gateway.app.fetch(request);
    expect(response.status).toBe(status);
    expect(await messageOf(response)).toMatch(message);
  });

  test('a body above the limit is refused, whether its length is declared or not', async () => {
    const large = JSON.stringify({ query, variables: { prompt: 'x'.repeat(10_000_000) } });
    const declared = await gateway.app.fetch(post(large, { 'content-length': String(large.length) }));
    const chunked = await gateway.app.fetch(post(large));
    expect([declared.status, chunked.status]).toEqual([413, 413]);
  });

  test('another path is not found', async () => {
    const response = await gateway.app.fetch(new Request('http://localhost/elsewhere'));
    expect(response.status).toBe(404);
  });
});

describe('input that GraphQL lets pass and the gateway does not is a problem with its paths', () => {
  test.for<[string, object, string]>([
    ['neither prompt nor messages', {}, 'input'],
    ['an empty prompt', { prompt: '' }, 'input.prompt'],
    ['no messages', { messages: [] }, 'input.messages'],
    ['temperature 99', { prompt: 'Hi', sampling: { temperature: 99 } }, 'input.sampling.temperature'],
    ['no output', { prompt: 'Hi', sampling: { maxOutputTokens: -1 } }, 'input.sampling.maxOutputTokens'],
    [
      'huge output',
      { prompt: 'Hi', sampling: { maxOutputTokens: 2 ** 30 } },
      'input.sampling.maxOutputTokens',
    ],
    ['half a character', { prompt: 'a\uD83D' }, 'input.prompt'],
    ['a model nobody knows', { prompt: 'Hi', model: 'smal-model' }, 'input.model'],
    [
      'an answer before a question',
      { messages: [{ role: 'ASSISTANT', content: [{ text: 'Hi' }] }] },
      'input.messages.0.role',
    ],
  ])('%s', async ([, input, path]) => {
    const response = await gateway.app.fetch(
      post({
        query: `query ($input: GenerateInput!) { generate(input: $input) {
          ... on ValidationProblem { code issues { path message } } } }`,
        variables: { input },
      }),
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: { generate: { code: 'VALIDATION_FAILED', issues: [{ path, message: expect.any(String) }] } },
    });
  });
});

function form(body: URLSearchParams | FormData | Blob): Request {
  return new Request(endpoint, { method: 'POST', body });
}

function multipart(): FormData {
  const data = new FormData();
  data.set('operations', JSON.stringify({ query }));
  data.set('map', '{}');
  return data;
}

function get(text: string): Request {
  return new Request(`${endpoint}?${new URLSearchParams({ query: text })}`, {
    headers: { accept: 'application/graphql-response+json' },
  });
}
