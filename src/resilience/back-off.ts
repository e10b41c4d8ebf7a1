export interface BackOffSettings {
  /** Longest wait before the first retry, in milliseconds; doubles with each further one. */
  readonly baseMs: number;
  /** Longest wait of all. */
  readonly capMs: number;
}

export const defaultBackOffSettings: BackOffSettings = { baseMs: 100, capMs: 5000 };

export interface BackOffOptions {
  /** Retries made before this one, 0 for the first. */
  readonly retriesMade: number;
  /** Time left for the whole call. */
  readonly leftMs: number;
  /** How long the provider asks to wait, where it does. */
  readonly retryAfterMs?: number | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly settings?: BackOffSettings;
}

/**
 * How long to wait before the next try, in milliseconds; `undefined` where the deadline would pass meanwhile, so that waiting cannot help.
 *
 * Full jitter as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): anything from nothing to the longest wait, which of
 * the ways compared there makes the fewest calls. What a provider asks for comes before it, and the jitter on top: those who were told
 * the same time do not come back at the same moment.
 */
export function backOffMs({
  retriesMade,
  leftMs,
  retryAfterMs = 0,
  random,
  settings = defaultBackOffSettings,
}: BackOffOptions): number | undefined {
  const longestMs = Math.min(settings.capMs, settings.baseMs * 2 ** retriesMade);
  const delayMs = Math.max(0, retryAfterMs) + longestMs * random();
  return delayMs < leftMs ? delayMs : undefined;
}
