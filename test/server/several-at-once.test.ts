import { expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter } from '../support/model-adapter.ts';
import { createTestApp, post } from '../support/test-app.ts';

test('the generations of one document run side by side', async () => {
  const bothAsked = Promise.withResolvers<void>();
  let asked = 0;
  const model = modelAdapter(async function* ({ messages }) {
    asked += 1;
    if (asked === 2) bothAsked.resolve();
    // Each waits for the other: one after the other they would never end.
    await bothAsked.promise;
    const [text] = messages[0]?.content ?? [];
    yield { type: 'text-delta', text: text?.type === 'text' ? text.text.toUpperCase() : '' };
    yield finish;
  });
  const { app } = createTestApp([[deployment(), model]]);
  const response = await app.fetch(
    post({
      query: `{
        one: generate(input: { prompt: "one" }) { ... on Generation { text } }
        two: generate(input: { prompt: "two" }) { ... on Generation { text } } }`,
    }),
  );
  expect(await response.json()).toEqual({ data: { one: { text: 'ONE' }, two: { text: 'TWO' } } });
});
