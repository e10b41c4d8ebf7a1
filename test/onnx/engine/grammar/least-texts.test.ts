import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../adapters/contract.ts';
import { leastTexts } from '../../../../adapters/onnx/engine/grammar/least-texts.ts';

const wide: JsonObject = {
  type: 'object',
  properties: { aa: { type: 'boolean' }, bb: { enum: ['x', 'much longer'] } },
  required: ['aa', 'bb'],
};

test('a whole answer has what must be, in its shortest form', () => {
  expect(leastTexts(wide).whole).toBe('{"aa": true, "bb": "x"}'.length);
});

test('what need not be begun makes an answer longer, what must be does not', () => {
  const inList = { type: 'array', items: wide };
  expect(leastTexts(inList).growth).toBeGreaterThan(leastTexts(wide).growth);
  expect(leastTexts(inList).whole).toBe(2);
});

test('a value inside values of its own kind ends by another branch', () => {
  const node = {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['next'],
  };
  const least = leastTexts({ $ref: '#/$defs/node', $defs: { node } });
  expect(least.values).toEqual(['null']);
  expect(least.whole).toBe('{"next": null}'.length);
});
