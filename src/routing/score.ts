import type { ScoreTerm } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';

/**
 * Each quantity becomes a goodness between 0 and 1 on a fixed scale: a tenth of a cent, or four seconds, is worth one half. A fixed scale,
 * not one relative to the other candidates, so that a score does not change because an unrelated deployment joined the catalogue.
 */
const half = { costNanoUsd: 1_000_000, totalMs: 4000 };

export interface Predicted {
  readonly costNanoUsd: number;
  readonly totalMs: number;
  readonly quality: number;
}

/** The addends of a deployment's score; they sum to a number between 0 and 1. */
export function scoreTerms(predicted: Predicted, { weights }: Policy): readonly ScoreTerm[] {
  const sum = weights.cost + weights.latency + weights.quality;
  return [
    { name: 'cost', value: (weights.cost / sum) * falling(predicted.costNanoUsd, half.costNanoUsd) },
    { name: 'latency', value: (weights.latency / sum) * falling(predicted.totalMs, half.totalMs) },
    { name: 'quality', value: (weights.quality / sum) * predicted.quality },
  ];
}

export function scoreOf(terms: readonly ScoreTerm[]): number {
  return terms.reduce((sum, term) => sum + term.value, 0);
}

/** 1 at nothing, one half at `half`, towards 0 beyond. */
function falling(value: number, atHalf: number): number {
  return atHalf / (atHalf + value);
}
