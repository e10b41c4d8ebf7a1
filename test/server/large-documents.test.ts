import { describe, expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, post } from '../support/test-app.ts';

async function ask(query: string) {
  const model = saying('never');
  const { app, errors } = createTestApp([[deployment(), model]]);
  const response = await app.fetch(post({ query }));
  const body: unknown = await response.json();
  return { status: response.status, body, calls: model.calls.length, errors: errors() };
}

const told = {
  status: 400,
  body: { errors: [{ message: expect.stringMatching(/more than 2000 tokens|nested too deeply/) }] },
  calls: 0,
  errors: [],
};

describe('a document that is all too long is refused before it is read', () => {
  test('one nested a hundred thousand levels deep', async () => {
    expect(await ask('{a'.repeat(100_000) + '}'.repeat(100_000))).toMatchObject(told);
  });

  test('one with a value nested a hundred thousand levels deep', async () => {
    expect(await ask(`{ a(b: ${'['.repeat(100_000)}`)).toMatchObject(told);
  });

  test('one that asks ten thousand times at once', async () => {
    const fields = Array.from(
      { length: 10_000 },
      (_none, n) => `a${n}: generate(input: { prompt: "Hi" }) { __typename }`,
    );
    expect(await ask(`{ ${fields.join(' ')} }`)).toMatchObject(told);
  });
});

describe('one as deep as its length allows is invalid, and no trouble', () => {
  test.for([
    ['fields', '{a'.repeat(660) + '}'.repeat(660)],
    ['values', `{ a(b: ${'['.repeat(990)}${']'.repeat(990)}) }`],
  ] as const)('in its %s', async ([, query]) => {
    const { status, errors } = await ask(query);
    expect([status, errors]).toEqual([400, []]);
  });
});
