import type { Attempt } from '../domain/attempt.ts';
import { createSlidingPercentiles, type SlidingPercentiles } from './sliding-percentiles.ts';

/** How many of the latest calls count. Enough for a stable p95, few enough to follow a change within minutes. */
const windowSize = 128;

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

export interface LatencyStatistics {
  /** Milliseconds until the first content part; `undefined` where no answer was streamed yet. */
  readonly firstTokenMs: Percentiles | undefined;
  /** Median over calls of at least two tokens; `undefined` before the first of them. */
  readonly outputTokensPerSecond: number | undefined;
  readonly samples: number;
}

export interface Statistics {
  observe(attempt: Attempt, outputTokens: number | undefined): void;
  /** `undefined` until the first call. */
  latency(deployment: string): LatencyStatistics | undefined;
}

interface Samples {
  readonly firstTokenMs: SlidingPercentiles;
  readonly tokensPerSecond: SlidingPercentiles;
  count: number;
  /** Asked for by every request, changed by every end of one: made when somebody asks. */
  summary: LatencyStatistics | undefined;
}

/** Measured latency per deployment over a sliding window of calls. Only successful attempts count. */
export function createStatistics(): Statistics {
  const samples = new Map<string, Samples>();

  function samplesOf(deployment: string): Samples {
    const known = samples.get(deployment);
    if (known !== undefined) return known;
    const begun = {
      firstTokenMs: createSlidingPercentiles(windowSize),
      tokensPerSecond: createSlidingPercentiles(windowSize),
      count: 0,
      summary: undefined,
    };
    samples.set(deployment, begun);
    return begun;
  }

  return {
    observe(attempt, outputTokens) {
      if (attempt.outcome !== 'succeeded') return;
      const of = samplesOf(attempt.deployment.name);
      const tokensPerSecond = speed(attempt, outputTokens);
      if (attempt.firstTokenMs !== undefined) of.firstTokenMs.add(attempt.firstTokenMs);
      if (tokensPerSecond !== undefined) of.tokensPerSecond.add(tokensPerSecond);
      of.count = Math.min(windowSize, of.count + 1);
      of.summary = undefined;
    },
    latency(deployment) {
      const of = samples.get(deployment);
      if (of === undefined) return undefined;
      of.summary ??= summarise(of);
      return of.summary;
    },
  };
}

/** Of an answer in one piece the wait for the first token counts in, so its speed is understated: on the safe side. */
function speed({ durationMs, firstTokenMs }: Attempt, outputTokens: number | undefined): number | undefined {
  if (outputTokens === undefined || outputTokens < 2) return undefined;
  const streamingMs = durationMs - (firstTokenMs ?? 0);
  if (streamingMs <= 0) return undefined;
  // The first token of a stream is where the clock starts, so it is not among those produced since.
  const tokens = firstTokenMs === undefined ? outputTokens : outputTokens - 1;
  return (tokens * 1000) / streamingMs;
}

function summarise({ firstTokenMs, tokensPerSecond, count }: Samples): LatencyStatistics {
  const p50 = firstTokenMs.at(0.5);
  const p95 = firstTokenMs.at(0.95);
  return {
    firstTokenMs: p50 === undefined || p95 === undefined ? undefined : { p50, p95 },
    outputTokensPerSecond: tokensPerSecond.at(0.5),
    samples: count,
  };
}
