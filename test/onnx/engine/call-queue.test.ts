import { expect, test } from 'vitest';
import { createCallQueue, type CallQueue } from '../../../adapters/onnx/engine/call-queue.ts';
import type { Sequence } from '../../../adapters/onnx/engine/sequence.ts';

interface NamedCall {
  readonly name: string;
  credit: number;
}

const idle: Sequence = { advance: () => Promise.resolve({ text: '' }), outputTokens: () => 0 };

function queueOf(maxQueue: number): {
  queue: CallQueue<NamedCall>;
  begun: string[];
  add(name: string): NamedCall;
} {
  const begun: string[] = [];
  const queue = createCallQueue<NamedCall>({
    maxQueue,
    begin(call) {
      begun.push(call.name);
      return idle;
    },
  });
  return {
    queue,
    begun,
    add(name) {
      const call = { name, credit: 1 };
      queue.ensureRoom();
      queue.add(call);
      return call;
    },
  };
}

test('one call is worked on until it is done, then the one that waits longest', () => {
  const { queue, begun, add } = queueOf(8);
  const [first] = [add('first'), add('second'), add('third')];
  expect(queue.next()?.call.name).toBe('first');
  expect(queue.next()?.call.name).toBe('first');
  queue.remove(first);
  expect(queue.next()?.call.name).toBe('second');
  expect(begun).toEqual(['first', 'second']);
});

test('a call without credit is passed over and goes on when it has some again', () => {
  const { queue, add } = queueOf(8);
  const first = add('first');
  add('second');
  queue.next();
  first.credit = 0;
  expect(queue.next()?.call.name).toBe('second');
  first.credit = 1;
  expect(queue.next()?.call.name).toBe('first');
});

test('one call more than may wait is refused, and finds room again later', () => {
  const { queue, add } = queueOf(2);
  const first = add('first');
  queue.next();
  add('second');
  add('third');
  expect(() => add('fourth')).toThrow(expect.objectContaining({ kind: 'queue-full' }));
  queue.remove(first);
  queue.next();
  expect(() => add('fourth')).not.toThrow();
});

test('where nothing may wait, a call that can start at once is taken', () => {
  const { queue, add } = queueOf(0);
  add('first');
  queue.next();
  expect(() => add('second')).toThrow(/busy/);
});

test('calls whose consumers do not read are begun up to a bound', () => {
  const { queue, begun, add } = queueOf(100);
  const calls = Array.from({ length: 20 }, (_, index) => add(`call ${index}`));
  for (let next = queue.next(); next !== undefined; next = queue.next()) next.call.credit = 0;
  expect(begun).toHaveLength(8);
  const [, second] = calls;
  if (second !== undefined) queue.remove(second);
  expect(queue.next()?.call.name).toBe('call 8');
});

test('a call can leave while it waits', () => {
  const { queue, add } = queueOf(8);
  const waiting = add('waiting');
  expect([queue.remove(waiting), queue.remove(waiting)]).toEqual([true, false]);
  expect(queue.next()).toBeUndefined();
});
