import { expect, test } from 'vitest';
import { createLocalResources } from '../../adapters/onnx/local-resources.ts';
import { openTinyModel } from './tiny-model.ts';

test('a model larger than the budget is refused with the figures and what can be done', async () => {
  const local = createLocalResources({ memoryBytes: 50e6 });
  await using model = await openTinyModel({ context: { local } });
  model.adapter.loading?.start();
  const { problem } = await model.reached('failed');
  expect(problem).toMatch(
    /needs \d+ MB \(weights 1 MB, cache \d+ MB, working memory \d+ MB, the process itself 130 MB\)/,
  );
  expect(problem).toContain('the budget of all local models is 50 MB');
  expect(problem).toContain('maxContextTokens');
  expect(local.reservedBytes()).toBe(0);
});
