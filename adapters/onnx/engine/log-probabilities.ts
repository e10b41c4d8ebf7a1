import { topTokens } from './top-tokens.ts';

export interface TokenProbability {
  readonly token: number;
  readonly logProbability: number;
}

/** How likely the tokens of one place were; taken before a sampler overwrites the logits. */
export interface PlaceProbabilities {
  of(token: number): number;
  /** The likeliest, best first. */
  readonly top: readonly TokenProbability[];
}

/** Log-softmax of the logits of one place. */
export function placeProbabilities(logits: Float32Array, topCount: number): PlaceProbabilities {
  const raw = logits.slice();
  const logSum = logSumOfExponentials(raw);
  const of = (token: number): number => (raw[token] ?? -Infinity) - logSum;
  const top = Array.from(topTokens(raw, topCount), (token) => ({ token, logProbability: of(token) }));
  return { of, top };
}

function logSumOfExponentials(logits: Float32Array): number {
  let highest = -Infinity;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return highest + Math.log(sum);
}
