import { expect, test } from 'vitest';
import { longestLeastLength } from '../../../../adapters/onnx/engine/grammar/least-length.ts';

test('the value that needs most counts, wherever it may be begun', () => {
  const wide = {
    type: 'object',
    properties: { aa: { type: 'boolean' }, bb: { type: 'boolean' } },
    required: ['aa', 'bb'],
  };
  const inList = { type: 'array', items: wide };
  expect(longestLeastLength(inList)).toBe(longestLeastLength(wide));
  expect(longestLeastLength(wide)).toBeGreaterThan('{"aa": true, "bb": true}'.length);
});

test('a value inside values of its own kind ends by another branch', () => {
  const node = {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['next'],
  };
  const length = longestLeastLength({ $ref: '#/$defs/node', $defs: { node } });
  expect(length).toBeGreaterThan('{"next": null}'.length);
  expect(length).toBeLessThan(100);
});
