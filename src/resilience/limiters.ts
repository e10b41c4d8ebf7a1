import type { Clock } from '../platform/clock.ts';
import { defaultLimiterSettings, type LimiterSettings } from '../domain/limiter-settings.ts';
import { Limiter } from './limiter.ts';

export interface Limiters {
  /** The deployment's limiter; made at the first call. */
  of(deployment: string): Limiter;
  /** Sends away all that wait. */
  close(): void;
}

export interface LimitersOptions {
  readonly clock: Clock;
  /** A deployment's own settings. @default the defaults for all */
  readonly settingsOf?: (deployment: string) => LimiterSettings;
}

export function createLimiters({
  clock,
  settingsOf = () => defaultLimiterSettings,
}: LimitersOptions): Limiters {
  const limiters = new Map<string, Limiter>();
  return {
    of(deployment) {
      const known = limiters.get(deployment);
      if (known !== undefined) return known;
      const limiter = new Limiter({ clock, settings: settingsOf(deployment) });
      limiters.set(deployment, limiter);
      return limiter;
    },
    close() {
      for (const limiter of limiters.values()) limiter.close();
    },
  };
}
