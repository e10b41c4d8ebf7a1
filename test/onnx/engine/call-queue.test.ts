import { expect, test } from 'vitest';
import { createCallQueue, type QueuedCall } from '../../../adapters/onnx/engine/call-queue.ts';

const call = (tenant: string, priority: QueuedCall['priority'] = 'interactive'): QueuedCall => ({
  tenant,
  priority,
});

function taken(
  calls: readonly QueuedCall[],
  held: Readonly<Record<string, number>> = {},
): QueuedCall | undefined {
  const queue = createCallQueue();
  for (const waiting of calls) queue.add(waiting);
  return queue.take(new Map(Object.entries(held)));
}

test('the call that has waited longest is next', () => {
  const [first, second] = [call('a'), call('a')];
  expect(taken([first, second])).toBe(first);
});

test('interactive calls go before batch work that has waited longer', () => {
  const interactive = call('a');
  expect(taken([call('a', 'batch'), interactive])).toBe(interactive);
});

test('a tenant that holds fewer slots goes before one that has waited longer', () => {
  const other = call('b');
  expect(taken([call('a'), other], { a: 2, b: 1 })).toBe(other);
});

test('an interactive call goes first even where its tenant holds more slots', () => {
  const interactive = call('a');
  expect(taken([call('b', 'batch'), interactive], { a: 7 })).toBe(interactive);
});

test('a call that was taken or removed is gone', () => {
  const queue = createCallQueue();
  const [first, second] = [call('a'), call('a')];
  queue.add(first);
  queue.add(second);
  expect(queue.take(new Map())).toBe(first);
  expect(queue.remove(first)).toBe(false);
  expect(queue.remove(second)).toBe(true);
  expect(queue.take(new Map())).toBeUndefined();
  expect(queue.size).toBe(0);
});
