import { expect, test } from 'vitest';
import { createTurns } from '../../../adapters/onnx/acquire/turns.ts';

const never = new AbortController().signal;

test('works with one key run one after another, those of others beside them', async () => {
  const turns = createTurns();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const note = (name: string) => () => Promise.resolve(void done.push(name));
  const works = [
    turns.take('a', never, () => first.promise.then(note('first'))),
    turns.take('a', never, note('second')),
    turns.take('b', never, note('other')),
  ];
  await works[2];
  expect(done).toEqual(['other']);
  first.resolve();
  await Promise.all(works);
  expect(done).toEqual(['other', 'first', 'second']);
});

test('a work that fails lets the next one begin', async () => {
  const turns = createTurns();
  const failing = turns.take('a', never, () => Promise.reject(new Error('full')));
  const next = turns.take('a', never, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('full');
  expect(await next).toBe('done');
});

test('who gives up waiting does not let those behind pass the one at work', async () => {
  const turns = createTurns();
  const first = Promise.withResolvers<string>();
  const leaving = new AbortController();
  const done: string[] = [];
  const working = turns.take('a', never, () => first.promise);
  const waiting = turns.take('a', leaving.signal, () => Promise.resolve(done.push('left')));
  const behind = turns.take('a', never, () => Promise.resolve(done.push('behind')));
  leaving.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(done).toEqual([]);
  first.resolve('end');
  expect(await working).toBe('end');
  await behind;
  expect(done).toEqual(['behind']);
});
