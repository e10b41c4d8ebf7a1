import { expect, test } from 'vitest';
import { createSampler, type SamplerSettings } from '../../../adapters/onnx/engine/sampler.ts';

const greedy: SamplerSettings = {
  temperature: 0,
  topP: 1,
  minP: 0,
  logitBias: {},
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 1,
};

/** Logits whose softmax at temperature 1 is this. */
function logitsFor(probabilities: readonly number[]): Float32Array {
  return Float32Array.from(probabilities, (probability) => Math.log(probability) + 3);
}

/** How often each token is drawn in so many draws from the same logits. */
function frequencies(
  settings: Partial<SamplerSettings>,
  probabilities: readonly number[],
  draws = 20_000,
): number[] {
  const sampler = createSampler({ ...greedy, temperature: 1, ...settings }, []);
  const counts = probabilities.map(() => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    const token = sampler.next(logitsFor(probabilities));
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

/** Four standard deviations of a frequency in 20,000 draws are 0.014 at the most. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  const furthest = Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))));
  expect(furthest, `${actual.join(', ')} against ${expected.join(', ')}`).toBeLessThan(0.015);
}

test('temperature 0 takes the most likely token, of equals the first', () => {
  expect(createSampler(greedy, []).next(Float32Array.of(1, 5, 5, 2))).toBe(1);
});

test('temperature 1 draws by the model’s probabilities', () => {
  expectNear(frequencies({}, [0.5, 0.3, 0.15, 0.05]), [0.5, 0.3, 0.15, 0.05]);
});

/** The powers of 0.6, 0.3 and 0.1, so that they sum to 1. */
function powers(exponent: number): number[] {
  const raised = [0.6, 0.3, 0.1].map((probability) => probability ** exponent);
  return raised.map((value) => value / raised.reduce((sum, each) => sum + each, 0));
}

test('a higher temperature evens the probabilities out, a lower one sharpens them', () => {
  expectNear(frequencies({ temperature: 2 }, [0.6, 0.3, 0.1]), powers(1 / 2));
  expectNear(frequencies({ temperature: 0.5 }, [0.6, 0.3, 0.1]), powers(2));
});

test('a tiny temperature is greedy and not NaN', () => {
  expect(frequencies({ temperature: 1e-6 }, [0.2, 0.5, 0.3], 50)).toEqual([0, 1, 0]);
});

test('top-k keeps the k most likely tokens and their proportions', () => {
  expectNear(frequencies({ topK: 2 }, [0.1, 0.4, 0.3, 0.2]), [0, 4 / 7, 3 / 7, 0]);
  expect(frequencies({ topK: 1 }, [0.1, 0.4, 0.3, 0.2], 50)).toEqual([0, 1, 0, 0]);
});

test('top-k beyond the vocabulary keeps everything', () => {
  expectNear(frequencies({ topK: 99 }, [0.7, 0.3]), [0.7, 0.3]);
});

test('top-p keeps the smallest set whose probabilities reach it', () => {
  expectNear(frequencies({ topP: 0.79 }, [0.05, 0.5, 0.3, 0.15]), [0, 5 / 8, 3 / 8, 0]);
  expectNear(frequencies({ topP: 0.81 }, [0.05, 0.5, 0.3, 0.15]), [0, 50 / 95, 30 / 95, 15 / 95]);
  expect(frequencies({ topP: 0.01 }, [0.05, 0.5, 0.3, 0.15], 50)).toEqual([0, 1, 0, 0]);
});

test('top-p counts what top-k left', () => {
  // Of the three left, 0.5 of 0.9 is 56 % and 0.7 of 0.9 is 78 %.
  expectNear(frequencies({ topK: 3, topP: 0.7 }, [0.5, 0.2, 0.2, 0.1]), [5 / 7, 2 / 7, 0, 0]);
});

test('min-p drops tokens by their distance from the most likely one', () => {
  expectNear(frequencies({ minP: 0.5 }, [0.4, 0.3, 0.21, 0.09]), [40 / 91, 30 / 91, 21 / 91, 0]);
  expect(frequencies({ minP: 1 }, [0.4, 0.3, 0.3], 50)).toEqual([1, 0, 0]);
});

test('a bias moves its token up or out, and one for no token of the vocabulary changes nothing', () => {
  expect(createSampler({ ...greedy, logitBias: { 1: 5 } }, []).next(Float32Array.of(3, 0))).toBe(1);
  expect(createSampler({ ...greedy, logitBias: { 0: -100, 7: 100 } }, []).next(Float32Array.of(3, 0))).toBe(
    1,
  );
});

test('top-p over a large flat vocabulary keeps its share of it, the lower ids of equals', () => {
  const flat = Array.from({ length: 5000 }, () => 1 / 5000);
  const shares = frequencies({ topP: 0.5 }, flat, 300);
  const last = shares.findLastIndex((frequency) => frequency > 0);
  expect(last).toBeGreaterThan(2300);
  expect(last).toBeLessThanOrEqual(2500);
});

function drawn(seed: number): number[] {
  const sampler = createSampler({ ...greedy, temperature: 1, seed }, []);
  return Array.from({ length: 50 }, () => sampler.next(new Float32Array(100)));
}

test('equal seeds draw equal tokens, other seeds others', () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
  expect(drawn(7)).not.toEqual(drawn(7 + 2 ** 32));
});

test('the repetition penalty makes tokens of prompt and answer less likely, whatever their sign', () => {
  const settings = { ...greedy, repetitionPenalty: 2 };
  expect(createSampler(settings, [0]).next(Float32Array.of(3, 2))).toBe(1);
  expect(createSampler(settings, [0]).next(Float32Array.of(-1, -1.5))).toBe(1);
  expect(createSampler(settings, [0]).next(Float32Array.of(5, 2))).toBe(0);
  const sampler = createSampler(settings, []);
  expect([sampler.next(Float32Array.of(3, 2)), sampler.next(Float32Array.of(3, 2))]).toEqual([0, 1]);
});

/** Of two tokens whose logits are `lead` and 0, with a prompt of the first. */
function threeTokens(settings: Partial<SamplerSettings>, lead: number): number[] {
  const sampler = createSampler({ ...greedy, ...settings }, [0]);
  return Array.from({ length: 3 }, () => sampler.next(Float32Array.of(lead, 0)));
}

test('the presence penalty is subtracted once, the frequency penalty for each time, and neither for the prompt', () => {
  expect(threeTokens({ presencePenalty: 1 }, 0.9)).toEqual([0, 1, 0]);
  expect(threeTokens({ presencePenalty: 1 }, 1.1)).toEqual([0, 0, 0]);
  expect(threeTokens({ frequencyPenalty: 1 }, 1.1)).toEqual([0, 0, 1]);
});

test('logits that are no numbers are an error, not a token', () => {
  const sampler = createSampler(greedy, []);
  expect(() => sampler.next(Float32Array.of(NaN, NaN))).toThrow(/logits/);
});
