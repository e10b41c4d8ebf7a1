import type { LatencyPrior } from '../domain/deployment.ts';

/** An answer that came whole, not as a stream. */
export interface WholeAnswer {
  readonly durationMs: number;
  /** `undefined` where the model did not count them. */
  readonly outputTokens: number | undefined;
}

/**
 * The time to the first token that a whole answer stands for, in milliseconds: its duration, divided by how many times longer an
 * answer of that length is expected to take than its first token. So long answers do not look like load, and whole answers and streams
 * can be compared. `undefined` for an answer of unknown length.
 */
export function firstTokenEquivalentMs(
  { durationMs, outputTokens }: WholeAnswer,
  { firstTokenMs, outputTokensPerSecond }: LatencyPrior,
): number | undefined {
  if (outputTokens === undefined) return undefined;
  const expectedMs = firstTokenMs + (outputTokens / outputTokensPerSecond) * 1000;
  return (durationMs * firstTokenMs) / expectedMs;
}
