import { expect, test } from 'vitest';
import { createSchedule, type Schedulable } from '../../../adapters/onnx/engine/schedule.ts';

type Priority = Schedulable['call']['priority'];

const prompt = (priority: Priority = 'interactive'): Schedulable => ({
  call: { priority },
  sequence: { prefilling: true },
});
const answer = (): Schedulable => ({ call: { priority: 'interactive' }, sequence: { prefilling: false } });

test('all answers take part in one run', () => {
  const answers = [answer(), answer(), answer()];
  expect(createSchedule()(answers)).toEqual(answers);
});

test('an answer under way waits for one piece of a prompt at most', () => {
  const next = createSchedule();
  const all = [answer(), prompt(), prompt()];
  const runs = Array.from({ length: 20 }, () => next(all)[0]?.sequence.prefilling);
  expect(runs.some((prefilling, index) => prefilling === true && runs[index + 1] === true)).toBe(false);
});

test('a new call waits for one step of the answers at most', () => {
  const next = createSchedule();
  const newcomer = prompt();
  const answers = [answer(), answer()];
  next(answers);
  const runs = [next([...answers, newcomer]), next([...answers, newcomer])];
  expect(runs).toContainEqual([newcomer]);
});

test('prompts go in one at a time, in their order', () => {
  const [first, second] = [prompt(), prompt()];
  const next = createSchedule();
  expect(next([first, second])).toEqual([first]);
  expect(next([first, second])).toEqual([first]);
});

test('the prompt of an interactive call goes before that of batch work', () => {
  const interactive = prompt();
  expect(createSchedule()([prompt('batch'), interactive])).toEqual([interactive]);
});

test('nobody runs where nobody can', () => {
  expect(createSchedule()([])).toEqual([]);
});
