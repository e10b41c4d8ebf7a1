import { expect, test } from 'vitest';
import { createRunBudget } from '../../../adapters/onnx/encoder/run-budget.ts';

test('a run is as long as 50 ms allow at the fastest pace seen', () => {
  const budget = createRunBudget();
  budget.ran(200, 40);
  expect(budget.tokens()).toBe(250);
  budget.ran(400, 40);
  expect(budget.tokens()).toBe(500);
  budget.ran(400, 4000);
  expect(budget.tokens()).toBe(500);
});

test('slow models and fast machines have bounds', () => {
  const budget = createRunBudget();
  budget.ran(512, 3000);
  expect(budget.tokens()).toBe(64);
  budget.ran(512, 1);
  expect(budget.tokens()).toBe(2048);
});

test('a model whose numbers depend on their batch has one text a run', () => {
  const budget = createRunBudget({ oneText: true });
  budget.ran(512, 1);
  expect(budget.tokens()).toBe(0);
});
