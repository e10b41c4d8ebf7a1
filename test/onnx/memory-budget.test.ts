import { expect, test } from 'vitest';
import { createLocalMemory } from '../../adapters/onnx/local-memory.ts';
import { openTinyModel } from './tiny-model.ts';

test('a model larger than the budget is refused with the figures and what can be done', async () => {
  const localMemory = createLocalMemory(50e6);
  await using model = await openTinyModel({ context: { localMemory } });
  model.adapter.loading?.start();
  const { problem } = await model.reached('failed');
  expect(problem).toMatch(
    /needs \d+ MB \(weights 1 MB, cache \d+ MB, working memory \d+ MB, the process itself 130 MB\)/,
  );
  expect(problem).toContain('the budget of all local models is 50 MB');
  expect(problem).toContain('maxContextTokens');
  expect(localMemory.reservedBytes()).toBe(0);
});

test('what one model has reserved another cannot have, until it is unloaded', async () => {
  const localMemory = createLocalMemory(700e6);
  await using first = await (await openTinyModel({ context: { localMemory } })).ready();
  await using second = await openTinyModel({
    context: { localMemory },
    options: { restart: { maxDelayMs: 1 } },
  });
  second.adapter.loading?.start();
  expect((await second.reached('failed')).problem).toContain('of which other models have reserved');
  await first.adapter.loading?.unload();
  await second.reached('ready');
});
