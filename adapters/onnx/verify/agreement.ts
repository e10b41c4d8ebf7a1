import type { Vector } from './vector-math.ts';

/** How far logits are from those of a reference, over many tokens. */
export interface Agreement {
  readonly positions: number;
  /** Share of positions at which both find the same token likeliest. */
  readonly top1: number;
  /** The same, where it counts as agreement that the reference's second token was chosen in a near tie. */
  readonly top1NearTies: number;
  /** Mean Kullback-Leibler divergence from the reference, in nats. */
  readonly meanKl: number;
  readonly largestDifference: number;
  /** Root mean square of the differences, in standard deviations of the reference's logits at their position. */
  readonly relativeDifference: number;
}

export interface LogitPair {
  readonly expected: Vector;
  readonly actual: Float32Array;
}

/** Where the reference's first two tokens are this close, in nats, rounding may decide between them. */
export const nearTie = 0.25;

export function agreementOf(pairs: readonly LogitPair[]): Agreement {
  const compared = pairs.map(compare);
  const mean = (pick: (each: Comparison) => number): number =>
    compared.reduce((sum, each) => sum + pick(each), 0) / compared.length;
  return {
    positions: compared.length,
    top1: mean(({ same }) => Number(same)),
    top1NearTies: mean(({ same, tie }) => Number(same || tie)),
    meanKl: mean(({ divergence }) => divergence),
    largestDifference: compared.reduce((most, { largest }) => Math.max(most, largest), 0),
    relativeDifference: Math.sqrt(mean(({ relativeSquare }) => relativeSquare)),
  };
}

interface Comparison {
  readonly same: boolean;
  readonly tie: boolean;
  readonly divergence: number;
  readonly largest: number;
  readonly relativeSquare: number;
}

function compare({ expected, actual }: LogitPair): Comparison {
  const first = indexOfLargest(expected);
  const chosen = indexOfLargest(actual);
  const lead = (expected[first] ?? Number.NaN) - (expected[chosen] ?? Number.NaN);
  const differences = expected.map((logit, token) => logit - (actual[token] ?? Number.NaN));
  const mean = expected.reduce((sum, logit) => sum + logit, 0) / expected.length;
  return {
    same: chosen === first,
    tie: lead < nearTie,
    divergence: divergenceOf(logProbabilities(expected), logProbabilities(actual)),
    // A NaN of the graph stays one in all figures, and no figure that is one is below a limit.
    largest: differences.reduce((most, difference) => Math.max(most, Math.abs(difference)), 0),
    relativeSquare: sumOfSquares(differences) / sumOfSquares(expected.map((logit) => logit - mean)),
  };
}

function divergenceOf(expected: Vector, actual: Vector): number {
  return expected.reduce((sum, logprob, token) => {
    return sum + Math.exp(logprob) * (logprob - (actual[token] ?? Number.NaN));
  }, 0);
}

/** Natural logarithms of the probabilities. */
export function logProbabilities(logits: Float32Array | Vector): Vector {
  const largest = logits[indexOfLargest(logits)] ?? Number.NaN;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return Float64Array.from(logits, (logit) => logit - largest - Math.log(sum));
}

export function indexOfLargest(values: Float32Array | Vector): number {
  let best = 0;
  for (const [index, value] of values.entries()) if (value > (values[best] ?? -Infinity)) best = index;
  return best;
}

function sumOfSquares(values: Vector): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
