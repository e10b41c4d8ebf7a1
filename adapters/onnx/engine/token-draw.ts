import type { RandomSource } from './random.ts';
import { topTokens } from './top-tokens.ts';

export interface DrawSettings {
  /** Above 0. */
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP: number;
  readonly minP: number;
}

/** Draws a token with its probability after temperature, min-p, top-k and top-p. Overwrites the logits. */
export function drawToken(logits: Float32Array, settings: DrawSettings, random: RandomSource): number {
  const weights = overwriteWithWeights(logits, settings);
  if (settings.topK === undefined && settings.topP >= 1) {
    return walk(weights, weights.keys(), random.next() * sumOf(weights));
  }
  const ranked =
    settings.topK === undefined
      ? nucleusOfVocabulary(weights, settings.topP)
      : nucleus(weights, topTokens(weights, settings.topK), settings.topP);
  return walk(weights, ranked, random.next() * weightOf(weights, ranked));
}

/** The token with the highest logit; of equals the one with the lowest id. Throws where no logit is a number. */
export function mostLikelyToken(logits: Float32Array): number {
  let best = -1;
  let bestLogit = -Infinity;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? -Infinity;
    if (logit > bestLogit) {
      best = token;
      bestLogit = logit;
    }
  }
  if (best === -1) throw new Error('the graph gave no usable logits');
  return best;
}

/** A token this much less likely than the most likely one, as a logarithm, is never drawn: 50,000 of them together weigh 5e-9. */
const negligible = -30;

/** Softmax without its division: the most likely token weighs 1, and those that weigh less than `minP` nothing. */
function overwriteWithWeights(
  logits: Float32Array,
  { temperature, minP }: Pick<DrawSettings, 'temperature' | 'minP'>,
): Float32Array {
  const highest = logits[mostLikelyToken(logits)] ?? 0;
  // Most of a vocabulary is out of reach, and an exponential takes twenty times as long as a comparison.
  const least = Math.max(negligible, Math.log(minP));
  for (let token = 0; token < logits.length; token++) {
    const weight = ((logits[token] ?? -Infinity) - highest) / temperature;
    logits[token] = weight < least ? 0 : Math.exp(weight);
  }
  return logits;
}

/** The top-p set of the whole vocabulary. It is small as a rule, so a growing ranking is tried before a full one. */
function nucleusOfVocabulary(weights: Float32Array, topP: number): Uint32Array {
  const total = sumOf(weights);
  for (let count = 64; count < weights.length; count *= 8) {
    const ranked = topTokens(weights, count);
    if (weightOf(weights, ranked) >= topP * total) return shortest(weights, ranked, topP * total);
  }
  return nucleus(weights, topTokens(weights, weights.length), topP);
}

function nucleus(weights: Float32Array, ranked: Uint32Array, topP: number): Uint32Array {
  return topP >= 1 ? ranked : shortest(weights, ranked, topP * weightOf(weights, ranked));
}

/** The shortest beginning of the ranking that weighs at least `needed`; never empty. */
function shortest(weights: Float32Array, ranked: Uint32Array, needed: number): Uint32Array {
  let weight = 0;
  const last = ranked.findIndex((token) => {
    weight += weights[token] ?? 0;
    return weight >= needed;
  });
  return last === -1 ? ranked : ranked.subarray(0, last + 1);
}

/** Goes along the tokens until their weights pass `distance`. Rounding can leave a rest: then the last token with weight. */
function walk(weights: Float32Array, tokens: Iterable<number>, distance: number): number {
  let left = distance;
  let reached = 0;
  for (const token of tokens) {
    const weight = weights[token] ?? 0;
    if (weight > 0) reached = token;
    left -= weight;
    if (left < 0) break;
  }
  return reached;
}

function weightOf(weights: Float32Array, tokens: Uint32Array): number {
  let weight = 0;
  for (const token of tokens) weight += weights[token] ?? 0;
  return weight;
}

function sumOf(weights: Float32Array): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
