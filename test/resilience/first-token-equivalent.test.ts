import { expect, it } from 'vitest';
import { firstTokenEquivalentMs } from '../../src/resilience/first-token-equivalent.ts';

const prior = { firstTokenMs: 500, outputTokensPerSecond: 50 };

it('an answer that takes as long as expected stands for the expected first token, whatever its length', () => {
  expect(firstTokenEquivalentMs({ durationMs: 700, outputTokens: 10 }, prior)).toBeCloseTo(500);
  expect(firstTokenEquivalentMs({ durationMs: 20_500, outputTokens: 1000 }, prior)).toBeCloseTo(500);
});

it('an answer that takes twice as long stands for twice that', () => {
  expect(firstTokenEquivalentMs({ durationMs: 41_000, outputTokens: 1000 }, prior)).toBeCloseTo(1000);
});

it('an answer without tokens is its first token', () => {
  expect(firstTokenEquivalentMs({ durationMs: 321, outputTokens: 0 }, prior)).toBe(321);
});

it('an answer of unknown length tells nothing', () => {
  expect(firstTokenEquivalentMs({ durationMs: 700, outputTokens: undefined }, prior)).toBeUndefined();
});
