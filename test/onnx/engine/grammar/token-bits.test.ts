import { expect, test } from 'vitest';
import {
  addToken,
  emptyTokenBits,
  hasToken,
  maskLogits,
  removeToken,
  removeTokens,
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

test('logits are left to tokens that are allowed', () => {
  const logits = new Float32Array(100).fill(1);
  maskLogits(logits, bitsOf([3, 64, 99]));
  expect([...logits.keys()].filter((token) => logits[token] === 1)).toEqual([3, 64, 99]);
  expect(logits[31]).toBe(-Infinity);
});

test('a word of a full set is left as it is', () => {
  const logits = new Float32Array(64).fill(2);
  maskLogits(logits, Int32Array.of(-1, 0));
  expect(logits.slice(0, 32).every((logit) => logit === 2)).toBe(true);
  expect(logits.slice(32).every((logit) => logit === -Infinity)).toBe(true);
});

test('what is taken away is gone, and nothing else', () => {
  const bits = bitsOf([0, 31, 32, 99]);
  removeToken(bits, 31);
  removeTokens(bits, bitsOf([1, 99]));
  expect([...Array(100).keys()].filter((token) => hasToken(bits, token))).toEqual([0, 32]);
});
