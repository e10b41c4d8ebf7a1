import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentCache } from '../../src/server/document-cache.ts';
import { createSmallApp, originOf } from './transport/small-app.ts';
import { post, transports } from './transport/transports.ts';

test('a document that has been read once is not read again, over whichever transport it comes', async () => {
  const seen = new Set<object>();
  const { app } = createSmallApp({
    answer(_signal, { operation }) {
      seen.add(operation);
      return 'Hello';
    },
  });
  const origin = await originOf(app);
  for (const query of ['{ answer }', '{ answer }', '{ answer __typename }']) {
    for (const [, path] of transports) await post(`${origin}${path}`, { body: JSON.stringify({ query }) });
  }
  expect(seen.size).toBe(2);
});

const large = (n: number) => `{ ${`field${n} `.repeat(1900)} }`;

test('the error of a text that is no document is remembered too, and told the same', async () => {
  const origin = await originOf(createSmallApp().app);
  const ask = async () =>
    await Promise.all(
      transports.map(
        async ([, path]) => await post(`${origin}${path}`, { body: JSON.stringify({ query: '{ answer(' }) }),
      ),
    );
  const answers = [...(await ask()), ...(await ask())].map(({ status, body }) => ({ status, body }));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('a document that is not valid is refused every time, and told the same', async () => {
  const origin = await originOf(createSmallApp().app);
  const answers = new Set<string>();
  for (const [, path] of [...transports, ...transports]) {
    const { status, body } = await post(`${origin}${path}`, {
      body: JSON.stringify({ query: '{ nothing }' }),
    });
    answers.add(`${status} ${body}`);
  }
  expect([...answers]).toEqual([expect.stringContaining('Cannot query field')]);
});

test('documents are forgotten when they take too much memory, however few they are', () => {
  const { documentCache } = createDocumentCache();
  for (let n = 0; n < 200; n += 1) documentCache.set(large(n), parse(large(n)));
  expect(documentCache.size).toBeLessThan(50);
  expect(documentCache.get(large(199))).toBeDefined();
  expect(documentCache.get(large(0))).toBeUndefined();
});

test('documents are forgotten when they are too many, however small', () => {
  const { documentCache } = createDocumentCache();
  for (let n = 0; n < 2000; n += 1) documentCache.set(`{ f${n} }`, parse(`{ f${n} }`));
  expect(documentCache.size).toBe(1000);
});
