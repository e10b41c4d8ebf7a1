import { expect, test } from 'vitest';
import { fitted } from '../../../adapters/onnx/encoder/fit-context.ts';

/** Special tokens are 1 and 2, others begin at 10. */
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);

function frame(...parts: readonly (readonly number[])[]): { tokens: number[]; types: number[] } {
  const tokens = [1];
  const types = [0];
  for (const [type, part] of parts.entries()) {
    tokens.push(...part, 2);
    types.push(...part.map(() => type), type);
  }
  return { tokens, types };
}

test('a text loses its end, and the special tokens stay around it', () => {
  const text = range(10, 8);
  expect(fitted(frame(text), [text], 6).tokens).toEqual([1, 10, 11, 12, 13, 2]);
});

test('the longer text of a pair loses its end', () => {
  const [query, document] = [range(10, 2), range(20, 9)];
  expect(fitted(frame(query, document), [query, document], 9)).toEqual({
    tokens: [1, 10, 11, 2, 20, 21, 22, 23, 2],
    types: [0, 0, 0, 0, 1, 1, 1, 1, 1],
  });
  expect(fitted(frame(document, query), [document, query], 9).tokens).toEqual([
    1, 20, 21, 22, 23, 2, 10, 11, 2,
  ]);
});

test('two long texts of a pair keep equally much', () => {
  const [query, document] = [range(10, 20), range(50, 30)];
  expect(fitted(frame(query, document), [query, document], 8).tokens).toEqual([1, 10, 11, 12, 2, 50, 51, 2]);
});

test('a text that repeats itself is found where it begins', () => {
  const text = [7, 7, 7, 7];
  expect(fitted(frame(text), [text], 4).tokens).toEqual([1, 7, 7, 2]);
});

test('a model without special tokens loses the end', () => {
  const text = range(10, 5);
  const framed = { tokens: text, types: text.map(() => 0) };
  expect(fitted(framed, [text], 3).tokens).toEqual([10, 11, 12]);
});
