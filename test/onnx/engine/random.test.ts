import { expect, test } from 'vitest';
import { createRandomSource, nextUint32, type RandomState } from '../../../adapters/onnx/engine/random.ts';

test('the generator gives the numbers of its authors’ reference code', () => {
  // The C code of xoshiro128** 1.1, started with 1, 2, 3, 4.
  const state: RandomState = [1, 2, 3, 4];
  expect(Array.from({ length: 6 }, () => nextUint32(state))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492,
  ]);
});

test('numbers are spread evenly over [0, 1)', () => {
  const random = createRandomSource(3);
  const numbers = Array.from({ length: 40_000 }, () => random.next());
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length,
  );
  for (const count of tenths) expect(Math.abs(count - 4000)).toBeLessThan(300);
});

test('neighbouring seeds have nothing to do with each other', () => {
  const firsts = new Set(Array.from({ length: 1000 }, (_, seed) => createRandomSource(seed).next()));
  expect(firsts.size).toBe(1000);
  const mean = [...firsts].reduce((sum, number) => sum + number, 0) / firsts.size;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
});

test.each([0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 0.5])('the seed %d serves', (seed) => {
  const random = createRandomSource(seed);
  expect(new Set(Array.from({ length: 20 }, () => random.next())).size).toBe(20);
});
