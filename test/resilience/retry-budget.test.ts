import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRetryBudgets, defaultRetryBudgetSettings } from '../../src/resilience/retry-budget.ts';

const ends = fc.constantFrom('success', 'failure', 'timeout');

/** Makes calls that end as the sequence says, each retried as often as the budget pays for it; returns the attempts made. */
function attempts(outcomes: readonly ('success' | 'failure' | 'timeout')[], calls: number): number {
  const budget = createRetryBudgets().of('gpt');
  let made = 0;
  const next = (): 'success' | 'failure' | 'timeout' => outcomes[made++ % outcomes.length] ?? 'failure';
  for (let call = 0; call < calls; call += 1) {
    budget.onCall();
    let end = next();
    while (end !== 'success' && budget.tryWithdraw(end)) end = next();
    if (end === 'success') budget.onSuccess();
  }
  return made;
}

it('pays for ten retries in a row, then for one in ten calls', () => {
  const budget = createRetryBudgets().of('gpt');
  for (let retry = 0; retry < 10; retry += 1) expect(budget.tryWithdraw('failure')).toBe(true);
  expect(budget.tryWithdraw('failure')).toBe(false);
  for (let call = 0; call < 10; call += 1) budget.onCall();
  expect(budget.tryWithdraw('failure')).toBe(true);
  expect(budget.tryWithdraw('failure')).toBe(false);
});

it('is dry after twenty failed retries or ten timeouts until something succeeds, however many calls come', () => {
  expect(attempts(['failure'], 100_000)).toBe(100_020);
  expect(attempts(['timeout'], 100_000)).toBe(100_010);

  const budget = createRetryBudgets().of('gpt');
  for (let call = 0; call < 1000; call += 1) {
    budget.onCall();
    budget.tryWithdraw('failure');
  }
  for (let success = 0; success < 4; success += 1) budget.onSuccess();
  expect(budget.tryWithdraw('failure')).toBe(false);
  budget.onSuccess();
  expect(budget.tryWithdraw('failure')).toBe(true);
});

it('pays for every retry where one call in twenty fails', () => {
  const outcomes = [...Array<'success'>(19).fill('success'), 'failure' as const];
  expect(attempts(outcomes, 19_000)).toBe(19_999);
});

it('amplifies no sequence of ends beyond 1.1 and ten', () => {
  fc.assert(
    fc.property(
      fc.array(ends, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 3000 }),
      (outcomes, calls) => {
        expect(attempts(outcomes, calls)).toBeLessThanOrEqual(1.1 * calls + 10);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

it('amplifies total failure beyond 1 by a constant only', () => {
  const failures = fc.array(fc.constantFrom('failure' as const, 'timeout' as const), { minLength: 1 });
  fc.assert(
    fc.property(failures, fc.integer({ min: 1, max: 3000 }), (outcomes, calls) => {
      expect(attempts(outcomes, calls)).toBeLessThanOrEqual(calls + 20);
    }),
    { seed: 2, numRuns: 300 },
  );
});

it('keeps routes apart', () => {
  const budgets = createRetryBudgets();
  while (budgets.of('broken').tryWithdraw('failure'));
  expect(budgets.of('broken').tryWithdraw('failure')).toBe(false);
  expect(budgets.of('healthy').tryWithdraw('failure')).toBe(true);
});

it('forgets the route unused for longest when there are too many', () => {
  const budgets = createRetryBudgets({ ...defaultRetryBudgetSettings, maxRoutes: 2, reserve: 1 });
  budgets.of('first').tryWithdraw('failure');
  budgets.of('second').tryWithdraw('failure');
  budgets.of('first');
  budgets.of('third');
  expect(budgets.of('first').tryWithdraw('failure')).toBe(false);
  expect(budgets.of('second').tryWithdraw('failure')).toBe(true);
});
