export interface Pooling {
  readonly pooling: 'mean' | 'cls' | 'last';
  readonly normalize: boolean;
  readonly dimensions: number;
  /** How many of the states are of tokens; the rest is padding. */
  readonly tokens: number;
}

/** The vector of a text from those of its tokens, [tokens, dimensions]; summed in double precision. */
export function pool(
  states: Float32Array,
  { pooling, normalize, dimensions, tokens }: Pooling,
): Float32Array {
  const vector = new Float64Array(dimensions);
  const { from, to } = range(pooling, tokens);
  for (let token = from; token < to; token += 1) {
    for (let at = 0; at < dimensions; at += 1) {
      vector[at] = (vector[at] ?? 0) + (states[token * dimensions + at] ?? 0);
    }
  }
  const divisor = normalize ? lengthOf(vector) : to - from;
  return Float32Array.from(vector, (value) => value / divisor);
}

/** Tokens that are averaged. */
function range(pooling: Pooling['pooling'], tokens: number): { readonly from: number; readonly to: number } {
  switch (pooling) {
    case 'mean':
      return { from: 0, to: tokens };
    case 'cls':
      return { from: 0, to: 1 };
    case 'last':
      return { from: tokens - 1, to: tokens };
  }
}

/** Euclidean; 1 for a vector of zeros, which has no direction to keep. */
function lengthOf(vector: Float64Array): number {
  return Math.hypot(...vector) || 1;
}
