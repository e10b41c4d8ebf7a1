import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTenantMemory, type Loan } from '../../src/gateway/resume-memory.ts';

const maxBytes = 100;
const shareBytes = 20;

type Step =
  | { readonly do: 'lend' }
  | { readonly do: 'take' | 'giveBack'; readonly who: number; readonly bytes: number }
  | { readonly do: 'settle'; readonly who: number };

const amount = { who: fc.nat(4), bytes: fc.integer({ min: 1, max: 30 }) };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lend') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('take', 'giveBack'), ...amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('settle'), who: fc.nat(4) }) },
);

interface Borrower {
  readonly loan: Loan;
  used: number;
  running: boolean;
}

/** Plays the steps, and keeps its own books beside the memory's. */
function play() {
  const memory = createTenantMemory({ maxBytes, shareBytes, forgetOne: () => false });
  const borrowers: Borrower[] = [];
  const heldBytes = (): number =>
    borrowers.reduce((sum, { used, running }) => sum + (running ? Math.max(used, shareBytes) : used), 0);

  function lend(): void {
    const possible = heldBytes() + shareBytes <= maxBytes;
    const loan = memory.lend();
    expect(loan !== undefined).toBe(possible);
    if (loan !== undefined) borrowers.push({ loan, used: 0, running: true });
  }

  function change(one: Borrower, next: Exclude<Step, { readonly do: 'lend' }>): void {
    switch (next.do) {
      case 'settle':
        one.loan.settle();
        one.running = false;
        return;
      case 'giveBack': {
        const bytes = Math.min(next.bytes, one.used);
        one.loan.giveBack(bytes);
        one.used -= bytes;
        return;
      }
      case 'take': {
        if (!one.running) return;
        const taken = one.loan.take(next.bytes);
        if (one.used + next.bytes <= shareBytes) expect(taken).toBe(true);
        if (taken) one.used += next.bytes;
      }
    }
  }

  return (next: Step): void => {
    const one = next.do === 'lend' ? undefined : borrowers[next.who];
    if (next.do === 'lend') lend();
    else if (one !== undefined) change(one, next);
    expect(memory.lentBytes()).toBe(heldBytes());
    expect(memory.lentBytes()).toBeLessThanOrEqual(maxBytes);
  };
}

test('a tenant is never lent more than it has, and whoever runs gets a share', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const take = play();
      for (const next of steps) take(next);
    }),
    { seed: 20_260_803, numRuns: 500 },
  );
});

test('what can be spared is forgotten, one by one, until there is room', () => {
  const spare = [30, 30, 30];
  const memory = createTenantMemory({
    maxBytes,
    shareBytes,
    forgetOne() {
      const bytes = spare.pop();
      if (bytes !== undefined) finished.giveBack(bytes);
      return bytes !== undefined;
    },
  });
  const finished = memory.lend() ?? expect.fail('nothing is lent yet');
  finished.settle();
  finished.take(90);
  const running = memory.lend() ?? expect.fail('thirty can be spared');
  expect([memory.lentBytes(), spare.length]).toEqual([80, 2]);
  expect([running.take(95), running.take(6)]).toEqual([true, false]);
  expect([memory.lentBytes(), spare.length]).toEqual([95, 0]);
});
