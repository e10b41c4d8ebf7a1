import { dot, type Vector } from './vector-math.ts';

/** How far numbers of texts are from those of a reference. */
export interface EncoderAgreement {
  readonly leastCosine: number;
  readonly meanCosine: number;
  readonly largestDifference: number;
}

export interface VectorPair {
  readonly expected: Vector;
  readonly actual: Vector;
}

/** A NaN on either side, or a missing number, stays one in all figures, and no figure that is one is within a limit. */
export function encoderAgreementOf(pairs: readonly VectorPair[]): EncoderAgreement {
  const cosines = pairs.map(cosine);
  const differences = pairs.flatMap(({ expected, actual }) =>
    Array.from(expected, (value, at) => Math.abs(value - (actual[at] ?? Number.NaN))),
  );
  return {
    leastCosine: Math.min(...cosines),
    meanCosine: cosines.reduce((sum, each) => sum + each, 0) / cosines.length,
    largestDifference: differences.reduce((most, each) => Math.max(most, each), 0),
  };
}

function cosine({ expected, actual }: VectorPair): number {
  return dot(expected, actual) / Math.sqrt(dot(expected, expected) * dot(actual, actual));
}
