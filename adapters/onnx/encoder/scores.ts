/** Probabilities of labels: of each for itself, or of one out of all. */
export function toScores(logits: Float32Array, multiLabel: boolean): Float32Array {
  if (multiLabel) return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}
