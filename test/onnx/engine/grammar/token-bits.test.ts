import { expect, test } from 'vitest';
import {
  addToken,
  emptyTokenBits,
  firstToken,
  hasToken,
  maskLogits,
} from '../../../../adapters/onnx/engine/grammar/token-bits.ts';

function bitsOf(tokens: readonly number[]): Int32Array {
  const bits = emptyTokenBits(100);
  for (const token of tokens) addToken(bits, token);
  return bits;
}

test('a set holds what was added', () => {
  const bits = bitsOf([0, 31, 32, 99]);
  expect([0, 1, 31, 32, 63, 99].filter((token) => hasToken(bits, token))).toEqual([0, 31, 32, 99]);
});

test('logits are left to tokens that are allowed and not forbidden', () => {
  const logits = new Float32Array(100).fill(1);
  maskLogits(logits, bitsOf([3, 31, 64, 99]), bitsOf([31]));
  expect([...logits.keys()].filter((token) => logits[token] === 1)).toEqual([3, 64, 99]);
  expect(logits[31]).toBe(-Infinity);
});

test('a word of a full set is left as it is', () => {
  const logits = new Float32Array(64).fill(2);
  maskLogits(logits, Int32Array.of(-1, 0), new Int32Array(2));
  expect(logits.slice(0, 32).every((logit) => logit === 2)).toBe(true);
  expect(logits.slice(32).every((logit) => logit === -Infinity)).toBe(true);
});

test('the first token is that of the lowest number, also the last of a word', () => {
  expect(firstToken(bitsOf([95, 31]), bitsOf([]))).toBe(31);
  expect(firstToken(bitsOf([31, 40]), bitsOf([31]))).toBe(40);
  expect(firstToken(bitsOf([]), bitsOf([]))).toBeUndefined();
});
