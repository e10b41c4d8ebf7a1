import { expect, test } from 'vitest';
import { atTurnEnd } from '../../src/platform/turn-end.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is left to the end of a turn comes after all else in it, in its order', async () => {
  const done: string[] = [];
  atTurnEnd(() => done.push('first'));
  atTurnEnd(() => done.push('second'));
  process.nextTick(() => done.push('a tick'));
  void Promise.resolve().then(() => done.push('a promise'));
  await turn();
  expect(done.toSorted()).toEqual(['a promise', 'a tick', 'first', 'second']);
  expect(done.slice(2)).toEqual(['first', 'second']);
});

test('nothing comes in between', async () => {
  const done: string[] = [];
  atTurnEnd(() => void Promise.resolve().then(() => done.push('of the first')));
  atTurnEnd(() => done.push('second'));
  await turn();
  expect(done).toEqual(['second', 'of the first']);
});

test('what is added at the end of a turn waits for the end of the next', async () => {
  const done: string[] = [];
  atTurnEnd(() => {
    done.push('this turn');
    atTurnEnd(() => done.push('the next turn'));
  });
  await turn();
  expect(done).toEqual(['this turn']);
  await turn();
  expect(done).toEqual(['this turn', 'the next turn']);
});
