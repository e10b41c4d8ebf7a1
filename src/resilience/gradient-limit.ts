import type { Clock } from '../platform/clock.ts';
import type { LimiterSettings } from '../domain/limiter-settings.ts';

/** How one call went, as far as it tells something about load. */
export interface LoadSample {
  /** The deployment refused the call for load, or did not answer in time. */
  readonly dropped: boolean;
  /** See `Slot.answering`; `undefined` where there is nothing to compare. */
  readonly latencyMs: number | undefined;
  /** Calls under way now, this one included. */
  readonly inFlight: number;
  /** And when this one began, which is what its latency goes with. */
  readonly inFlightAtStart: number;
}

export interface GradientLimit {
  /** A whole number. */
  current(): number;
  record(sample: LoadSample): void;
}

export type GradientSettings = Omit<LimiterSettings, 'queueLength' | 'maxWaitMs'>;

interface Window {
  readonly startedMs: number;
  samples: number;
  drops: number;
  peakInFlight: number;
  /** Infinity without a latency. */
  fastestMs: number;
  /** Calls that the fastest one met. */
  fastestAmong: number;
}

const minimumSamples = 10;
/** Share of the way that the limit goes in one window when it falls, as in Gradient2. */
const smoothing = 0.2;
/** Windows over which the usual latency is averaged, as in Gradient2: ten minutes under load. */
const baselineWindows = 600;
/** Half as many calls in a queue take half as long; where it is still this share, they were not in a queue. */
const stillAsSlow = 0.75;

/**
 * Gradient2 of Netflix's concurrency-limits: the limit falls with the ratio of the usual latency to the present one, and otherwise
 * grows by its square root. It fits models because the usual latency is a slow average, not the best ever seen (as in TCP Vegas):
 * a model that has become slower for good is taken as it is after some minutes. What is different here, and why:
 *
 * - The latency of a window is that of its fastest call, as in CoDel (RFC 8289): a queue delays every call, a long prompt only its own.
 * - A delay must be felt to count (`latencySlackMs`): a mock that takes 2 ms instead of 1 is not overloaded.
 * - A fall starts at the calls really under way, as in TCP (RFC 5681, 3.1), so that the first limit can be high and still mean something.
 *   Falls are smoothed, growth is not: some windows of it pass unharmed, and what was lost comes back in seconds.
 * - Where half as many calls are as slow as all were, load is not the reason (longer prompts, a slower model): that is the usual
 *   latency from now on. Gradient2 alone would hold the limit down until its average has followed.
 * - Refused calls count by their share: 5 % refused says that 95 % fit. Gradient2 ignores them.
 */
export function createGradientLimit(clock: Clock, settings: GradientSettings): GradientLimit {
  const { minLimit, maxLimit, windowMs } = settings;
  const inBounds = (wanted: number): number => Math.min(maxLimit, Math.max(minLimit, wanted));
  let limit = inBounds(settings.initialLimit);
  let window = emptyWindow(clock.monotonicMs());
  const baseline = createBaseline();

  function closeWindow(nowMs: number): void {
    const { fastestMs, fastestAmong, peakInFlight } = window;
    if (Number.isFinite(fastestMs)) baseline.add({ fastestMs, fastestAmong, slow: isSlow(fastestMs) });
    const gradient = gradientOf(window);
    if (gradient < 1) {
      const used = Math.min(limit, peakInFlight);
      limit = inBounds(limit + smoothing * (used * gradient + Math.sqrt(used) - limit));
    } else if (peakInFlight >= limit / 2) {
      limit = inBounds(limit + Math.sqrt(limit));
    }
    window = emptyWindow(nowMs);
  }

  /** 1 where there is room, down to 0.5: no window halves the limit. */
  function gradientOf({ samples, drops, fastestMs }: Window): number {
    const kept = 1 - drops / samples;
    const usualMs = baseline.usualMs() ?? fastestMs;
    const slowness = isSlow(fastestMs) ? (usualMs * settings.latencyTolerance) / fastestMs : 1;
    return Math.max(0.5, Math.min(kept, slowness));
  }

  function isSlow(fastestMs: number): boolean {
    const usualMs = baseline.usualMs();
    if (usualMs === undefined || !Number.isFinite(fastestMs)) return false;
    return fastestMs > Math.max(usualMs * settings.latencyTolerance, usualMs + settings.latencySlackMs);
  }

  return {
    current: () => Math.floor(limit),
    record({ dropped, latencyMs, inFlight, inFlightAtStart }) {
      window.samples += 1;
      window.peakInFlight = Math.max(window.peakInFlight, inFlight);
      if (dropped) window.drops += 1;
      else if (latencyMs !== undefined && latencyMs < window.fastestMs) {
        window.fastestMs = latencyMs;
        window.fastestAmong = inFlightAtStart;
      }
      if (window.samples < minimumSamples) return;
      const nowMs = clock.monotonicMs();
      if (nowMs - window.startedMs >= windowMs) closeWindow(nowMs);
    },
  };
}

function emptyWindow(startedMs: number): Window {
  return {
    startedMs,
    samples: 0,
    drops: 0,
    peakInFlight: 0,
    fastestMs: Number.POSITIVE_INFINITY,
    fastestAmong: 0,
  };
}

interface Baseline {
  /** `undefined` before the first window. */
  usualMs(): number | undefined;
  add(window: SlowWindow & { readonly slow: boolean }): void;
}

interface SlowWindow {
  readonly fastestMs: number;
  readonly fastestAmong: number;
}

/** The usual latency: that of the first window, then a slow average that is quick to forget a bad time once it is over. */
function createBaseline(): Baseline {
  let usualMs: number | undefined;
  /** The slowest window of a slow time; later ones are compared with it. */
  let worst: SlowWindow | undefined;

  function compare(now: SlowWindow): void {
    if (worst === undefined || now.fastestMs > worst.fastestMs) worst = now;
    if (now.fastestAmong > worst.fastestAmong / 2) return;
    if (now.fastestMs > worst.fastestMs * stillAsSlow) usualMs = now.fastestMs;
    worst = now;
  }

  return {
    usualMs: () => usualMs,
    add({ slow, ...now }) {
      usualMs ??= now.fastestMs;
      usualMs += ((now.fastestMs - usualMs) * 2) / baselineWindows;
      if (usualMs > 2 * now.fastestMs) usualMs *= 0.9;
      if (slow) compare(now);
      else worst = undefined;
    },
  };
}
