import { expect, test } from 'vitest';
import type { LocalResident } from '../../adapters/local-contract.ts';
import { createMemoryBudget } from '../../adapters/onnx/memory-budget.ts';
import { settled } from '../support/fake-clock.ts';

const noSignal = new AbortController().signal;

/** A resident that tells when it was asked to leave. */
function resident(lastUsedMs: number, idle = { now: true }): LocalResident & { left: number } {
  return {
    processes: 1,
    threads: 1,
    lastUsedMs: () => lastUsedMs,
    idle: () => idle.now,
    left: 0,
    leave() {
      this.left += 1;
    },
  };
}

test('what is free is given at once', async () => {
  const budget = createMemoryBudget(100);
  const lease = await budget.reserve(60, resident(0), noSignal);
  expect(budget.reservedBytes()).toBe(60);
  lease.release();
  lease.release();
  expect(budget.reservedBytes()).toBe(0);
});

test('idle residents leave, the least recently used first, and no more of them than must', async () => {
  const budget = createMemoryBudget(100);
  const [recent, old] = [resident(2), resident(1)];
  await budget.reserve(50, recent, noSignal);
  const oldLease = await budget.reserve(50, old, noSignal);
  const third = budget.reserve(40, resident(3), noSignal);
  expect([recent.left, old.left]).toEqual([0, 1]);
  expect(budget.reservedBytes()).toBe(100);
  oldLease.release();
  expect((await third).bytes).toBe(40);
  expect(budget.reservedBytes()).toBe(90);
});

test('nobody is asked to leave in vain', async () => {
  const budget = createMemoryBudget(100);
  const idle = resident(1);
  await budget.reserve(30, idle, noSignal);
  await budget.reserve(70, resident(2, { now: false }), noSignal);
  const asker = resident(3);
  expect(budget.fits(50, asker)).toBe(false);
  const aborter = new AbortController();
  const waiting = budget.reserve(50, asker, aborter.signal);
  expect(idle.left).toBe(0);
  aborter.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(budget.fits(30, asker)).toBe(true);
});

test('a busy resident leaves for who waits as soon as it is idle', async () => {
  const budget = createMemoryBudget(100);
  const state = { now: false };
  const busy = resident(1, state);
  const lease = await budget.reserve(100, busy, noSignal);
  const waiting = budget.reserve(10, resident(2), noSignal);
  expect(busy.left).toBe(0);
  state.now = true;
  budget.settle();
  budget.settle();
  expect(busy.left).toBe(1);
  lease.release();
  await waiting;
});

test('who comes first is served first, however little the next one needs', async () => {
  const budget = createMemoryBudget(100);
  const lease = await budget.reserve(60, resident(1, { now: false }), noSignal);
  const order: string[] = [];
  void budget.reserve(80, resident(2), noSignal).then(() => order.push('large'));
  void budget.reserve(20, resident(3), noSignal).then(() => order.push('small'));
  await settled();
  expect(order).toEqual([]);
  lease.release();
  await settled();
  expect(order).toEqual(['large', 'small']);
});
