import type { Attempt } from '../domain/attempt.ts';

/** How many of the latest calls count. Enough for a stable p95, few enough to follow a change within minutes. */
const windowSize = 128;

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

export interface LatencyStatistics {
  /** Milliseconds until the first content part. */
  readonly firstTokenMs: Percentiles;
  /** Median over calls of at least two tokens; `undefined` before the first of them. */
  readonly outputTokensPerSecond: number | undefined;
  readonly samples: number;
}

export interface Statistics {
  observe(attempt: Attempt, outputTokens: number | undefined): void;
  latency(deployment: string): LatencyStatistics | undefined;
}

/** Measured latency per deployment over a sliding window of calls. Only successful attempts count. */
export function createStatistics(): Statistics {
  const samples = new Map<string, Sample[]>();
  return {
    observe(attempt, outputTokens) {
      if (attempt.outcome !== 'succeeded' || attempt.firstTokenMs === undefined) return;
      const window = samples.get(attempt.deployment.name) ?? [];
      window.push({ firstTokenMs: attempt.firstTokenMs, tokensPerSecond: speed(attempt, outputTokens) });
      if (window.length > windowSize) window.shift();
      samples.set(attempt.deployment.name, window);
    },
    latency(deployment) {
      const window = samples.get(deployment);
      return window === undefined ? undefined : summarise(window);
    },
  };
}

interface Sample {
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number | undefined;
}

function speed(attempt: Attempt, outputTokens: number | undefined): number | undefined {
  const streamingMs = attempt.durationMs - (attempt.firstTokenMs ?? 0);
  if (outputTokens === undefined || outputTokens < 2 || streamingMs <= 0) return undefined;
  // The first token is where the clock starts, so it is not among those produced since.
  return ((outputTokens - 1) * 1000) / streamingMs;
}

function summarise(window: readonly Sample[]): LatencyStatistics {
  const speeds = window.flatMap((sample) => sample.tokensPerSecond ?? []);
  const firstTokens = window.map((sample) => sample.firstTokenMs);
  return {
    firstTokenMs: { p50: percentile(firstTokens, 0.5) ?? 0, p95: percentile(firstTokens, 0.95) ?? 0 },
    outputTokensPerSecond: percentile(speeds, 0.5),
    samples: window.length,
  };
}

/** Nearest-rank percentile; `undefined` for no values. */
function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
