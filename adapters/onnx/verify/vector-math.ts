export type Vector = Float64Array;

/** Four sums side by side: the processor need not wait for one to be done. */
export function dot(left: Vector, right: Vector): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const product = (at: number): number => (left[at] ?? NaN) * (right[at] ?? NaN);
  const whole = left.length - (left.length % 4);
  for (let at = 0; at < whole; at += 4) {
    a += product(at);
    b += product(at + 1);
    c += product(at + 2);
    d += product(at + 3);
  }
  for (let at = whole; at < left.length; at += 1) a += product(at);
  return a + b + c + d;
}

export function add(left: Vector, right: Vector): Vector {
  return left.map((value, index) => value + (right[index] ?? NaN));
}

export function rootMeanSquareNorm(vector: Vector, gains: Vector, epsilon: number): Vector {
  const factor = 1 / Math.sqrt(dot(vector, vector) / vector.length + epsilon);
  return vector.map((value, index) => value * factor * (gains[index] ?? NaN));
}

export function layerNorm(
  vector: Vector,
  { gains, offsets, epsilon }: { readonly gains: Vector; readonly offsets: Vector; readonly epsilon: number },
): Vector {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
  const variance = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0) / vector.length;
  const factor = 1 / Math.sqrt(variance + epsilon);
  return vector.map((value, at) => (value - mean) * factor * (gains[at] ?? NaN) + (offsets[at] ?? NaN));
}

export function softmax(scores: readonly number[]): number[] {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

export function silu(value: number): number {
  return value / (1 + Math.exp(-value));
}

/** The Gaussian error linear unit itself: the value times the normal distribution's cumulative probability. */
export function gelu(value: number): number {
  return 0.5 * value * (1 + errorFunction(value / Math.SQRT2));
}

/** Its series without alternating signs, which loses no digits (https://dlmf.nist.gov/7.6, equation 2). */
function errorFunction(value: number): number {
  // Nearer to 1 than a double can tell.
  if (Math.abs(value) > 6) return Math.sign(value);
  let [term, sum] = [value, value];
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-17; odd += 2) {
    term *= (2 * value * value) / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-value * value) * sum;
}

/** The approximation of the Gaussian error linear unit in https://arxiv.org/abs/1606.08415, section 2. */
export function geluByTanh(value: number): number {
  return 0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));
}

/** 0 is no cap. */
export function capped(value: number, cap: number): number {
  return cap === 0 ? value : cap * Math.tanh(value / cap);
}
