import { expect, test } from 'vitest';
import { createTextLine, type TextCall } from '../../../adapters/onnx/encoder/text-line.ts';

interface Named extends TextCall {
  readonly name: string;
}

interface Text {
  readonly call: Named;
  readonly index: number;
  readonly width: number;
}

const named = (name: string, priority: TextCall['priority'] = 'interactive'): Named => ({ name, priority });
const texts = (call: Named, count: number, width = 16): Text[] =>
  Array.from({ length: count }, (_, index) => ({ call, index, width }));
const names = (taken: readonly Text[]): string[] => taken.map(({ call, index }) => `${call.name}${index}`);

test('calls take turns, text by text', () => {
  const line = createTextLine<Named, Text>();
  line.add(texts(named('a'), 5));
  line.add(texts(named('b'), 2));
  expect(names(line.take(16 * 4)).toSorted()).toEqual(['a0', 'a1', 'b0', 'b1']);
});

test('a run holds texts of one width, and no more tokens than asked for', () => {
  const line = createTextLine<Named, Text>();
  const call = named('a');
  line.add([...texts(call, 1, 32), ...texts(call, 9, 16)]);
  expect(line.take(64).map(({ width }) => width)).toEqual([32]);
  expect(line.take(64).map(({ width }) => width)).toEqual([16, 16, 16, 16]);
});

test('a text wider than a run may be is run alone', () => {
  const line = createTextLine<Named, Text>();
  line.add(texts(named('a'), 2, 512));
  expect(line.take(64)).toHaveLength(1);
});

test('interactive calls go before batch work, which fills what they leave', () => {
  const line = createTextLine<Named, Text>();
  line.add(texts(named('batch', 'batch'), 5));
  line.add(texts(named('now'), 2));
  expect(names(line.take(48))).toContain('now0');
  expect(line.size).toBe(4);
});

test('the texts of a call that left are gone', () => {
  const line = createTextLine<Named, Text>();
  const call = named('a');
  line.add(texts(call, 3));
  line.remove(call);
  expect(line.size).toBe(0);
  expect(line.take(64)).toEqual([]);
});
