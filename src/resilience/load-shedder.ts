import type { Priority } from '../domain/request.ts';

export interface LoadShedderSettings {
  /** Lag of the event loop from which on new work of each kind is refused, in milliseconds. */
  readonly lagMs: Readonly<Record<Priority, number>>;
  /** Shortest time after which a refused client is told to come back; the lag, where that is longer. */
  readonly retryAfterMs: number;
}

export const defaultLoadShedderSettings: LoadShedderSettings = {
  lagMs: { batch: 200, interactive: 1000 },
  retryAfterMs: 1000,
};

export interface LoadShedderOptions {
  readonly lagMs: number;
  readonly priority: Priority;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly settings?: LoadShedderSettings;
}

/**
 * Whether the gateway itself is too busy to take this work on: after how many milliseconds to come back, or `undefined` where it is
 * welcome. The times are spread over twice their length, so that those refused together do not return together.
 */
export function shedForLag({
  lagMs,
  priority,
  random,
  settings = defaultLoadShedderSettings,
}: LoadShedderOptions): number | undefined {
  if (lagMs < settings.lagMs[priority]) return undefined;
  return Math.ceil(Math.max(settings.retryAfterMs, lagMs) * (1 + random()));
}
