import { describe, expect, test } from 'vitest';
import { caller, composeGateway } from '../support/composed-gateway.ts';
import { deployment } from '../support/deployments.ts';
import { finish, modelAdapter, saying } from '../support/model-adapter.ts';

const input = { prompt: 'Hi' };

describe('an answer is served again', () => {
  test('as a stream, without a call, at no cost', async () => {
    const model = saying('Hello', ' there');
    const { gateway, clock } = composeGateway([[deployment(), model]]);
    await gateway.generate(input, caller());
    await clock.advanceAsync(3000);
    const events = await Array.fromAsync(gateway.stream(input, caller()));
    expect(events.map(({ type }) => type)).toEqual(['text-delta', 'completed']);
    expect(events.at(-1)).toMatchObject({
      generation: {
        answer: { text: 'Hello there', usage: { outputTokens: 2 } },
        cache: { hit: true, ageSeconds: 3 },
        cost: { nanoUsd: 0 },
        attempts: [],
      },
    });
    expect(model.calls).toHaveLength(1);
  });

  test('but not to another tenant', async () => {
    const model = saying('Hello');
    const { gateway } = composeGateway([[deployment(), model]]);
    await gateway.generate(input, caller('one'));
    await gateway.generate(input, caller('two'));
    expect(model.calls).toHaveLength(2);
  });

  test('but not when the caller switches the cache off', async () => {
    const model = saying('Hello');
    const { gateway } = composeGateway([[deployment(), model]]);
    await gateway.generate({ ...input, cache: { mode: 'off' } }, caller());
    await gateway.generate({ ...input, cache: { mode: 'off' } }, caller());
    expect(model.calls).toHaveLength(2);
  });
});

test('equal requests at once share one call', async () => {
  const gate = Promise.withResolvers<void>();
  const model = modelAdapter(async function* () {
    await gate.promise;
    yield { type: 'text-delta', text: 'Hello' };
    yield finish;
  });
  const { gateway } = composeGateway([[deployment(), model]]);
  const answers = Promise.all([1, 2, 3].map(() => gateway.generate(input, caller())));
  gate.resolve();
  expect(await answers).toMatchObject(
    [false, true, true].map((hit) => ({ value: { answer: { text: 'Hello' }, cache: { hit } } })),
  );
  expect(model.calls).toHaveLength(1);
});
