import { expect, test } from 'vitest';
import { deliveries, type Deliver } from '../../src/platform/delivery.ts';
import { settled } from '../support/fake-clock.ts';

const never = (): void => {
  throw new Error('nobody left');
};

test('what is delivered is read in order, to the end', async () => {
  const stream = deliveries<number>({
    leave: never,
    async run(deliver) {
      for (const value of [1, 2, 3]) await deliver(value);
    },
  });
  expect(await Array.fromAsync(stream)).toEqual([1, 2, 3]);
});

test('nothing is done before the first read', async () => {
  let runs = 0;
  const stream = deliveries<number>({
    leave: never,
    async run() {
      runs += 1;
    },
  });
  await settled();
  expect(runs).toBe(0);
  await stream.next();
  expect(runs).toBe(1);
});

test('the work is one value ahead of its reader and then waits', async () => {
  const delivered: number[] = [];
  const stream = deliveries<number>({
    leave: never,
    async run(deliver) {
      for (let value = 1; value <= 10; value += 1) {
        delivered.push(value);
        await deliver(value);
      }
    },
  });
  await stream.next();
  await settled();
  expect(delivered).toEqual([1, 2]);
  await stream.next();
  await settled();
  expect(delivered).toEqual([1, 2, 3]);
});

test('where the reader waits already, nobody has to wait', async () => {
  let deliver: Deliver<number> | undefined;
  const stream = deliveries<number>({
    leave: never,
    run: (given) => {
      deliver = given;
      return new Promise(() => undefined);
    },
  });
  const next = stream.next();
  expect(deliver?.(7)).toBeUndefined();
  expect(await next).toEqual({ done: false, value: 7 });
  expect(deliver?.(8)).toBeInstanceOf(Promise);
});

test('what the work throws comes once, behind what it has delivered', async () => {
  const stream = deliveries<number>({
    leave: never,
    async run(deliver) {
      void deliver(1);
      throw new Error('broken');
    },
  });
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  await expect(stream.next()).rejects.toThrow('broken');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('a reader that leaves ends the work and waits until it has ended', async () => {
  const stopped = Promise.withResolvers<void>();
  const steps: string[] = [];
  const stream = deliveries<number>({
    leave: stopped.resolve,
    async run(deliver) {
      await deliver(1);
      await stopped.promise;
      steps.push('work has ended');
    },
  });
  await stream.next();
  await stream.return?.();
  steps.push('reader is gone');
  expect(steps).toEqual(['work has ended', 'reader is gone']);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('who leaves is told what the work throws on the way out', async () => {
  const stopped = Promise.withResolvers<void>();
  const stream = deliveries<number>({
    leave: stopped.resolve,
    async run(deliver) {
      await deliver(1);
      await stopped.promise;
      throw new Error('broken');
    },
  });
  await stream.next();
  await expect(stream.return?.()).rejects.toThrow('broken');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('leaving frees work that waits for its reader, and a read that waits for the work', async () => {
  let left = false;
  const stream = deliveries<number>({
    leave: () => {
      left = true;
    },
    async run(deliver) {
      await deliver(1);
      await deliver(2);
      await deliver(3);
    },
  });
  await stream.next();
  await stream.return?.();
  expect(left).toBe(true);

  const silent = Promise.withResolvers<void>();
  const waiting = deliveries<number>({ leave: silent.resolve, run: () => silent.promise });
  const read = waiting.next();
  await waiting.return?.();
  expect(await read).toEqual({ done: true, value: undefined });
});

test('a stream that is left before its first read does nothing', async () => {
  const stream = deliveries<number>({ leave: never, run: () => Promise.reject(new Error('ran')) });
  await stream.return?.();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
