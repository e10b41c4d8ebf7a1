import type { Clock } from '../platform/clock.ts';
import type { BreakerSettings } from '../domain/breaker-settings.ts';
import type { CallWindow } from './call-window.ts';
import type { CircuitState } from './circuit.ts';
import type { Places } from './places.ts';
import { rampShare } from './ramp.ts';
import type { CallFailure } from './recent-failures.ts';

/** Times are wall-clock milliseconds. */
export interface BreakerStatus {
  readonly state: CircuitState;
  /** `undefined` while closed. */
  readonly openedAtMs: number | undefined;
  /** When the first probe may go; only while open, and not where an operator holds it open without end. */
  readonly retryAtMs: number | undefined;
  /** Share of failed calls in the window, while open the one at its opening; `undefined` without calls. */
  readonly failureRate: number | undefined;
  /** The same of slow calls. */
  readonly slowRate: number | undefined;
  /** At most five, the newest first. */
  readonly lastFailures: readonly CallFailure[];
  /** Set while an operator keeps it open. */
  readonly held: Hold | undefined;
  /** Share of the calls that pass after it has closed again; `undefined` once all do. */
  readonly rampShare: number | undefined;
}

export interface Hold {
  /** The operator's own words. */
  readonly reason: string | undefined;
}

/** What is known in each state. A call belongs to the phase it began in and tells nothing about a later one. */
export type Phase = ClosedPhase | OpenPhase | HalfOpenPhase;

export interface ClosedPhase {
  readonly state: 'closed';
  /** Monotonic. */
  readonly sinceMs: number;
  /** 0 where all calls passed from the beginning. */
  readonly rampMs: number;
  readonly window: CallWindow;
  failuresInARow: number;
  connectFailuresInARow: number;
}

export interface OpenPhase {
  readonly state: 'open';
  readonly openedAtMs: number;
  /** Monotonic; `undefined` where it has no end. */
  readonly endsMs: number | undefined;
  readonly rates: Rates;
  readonly held: Hold | undefined;
  /** For calls made in a panic. */
  readonly places: Places;
  /** Monotonic; no call in a panic before. */
  pauseEndsMs: number;
}

export interface HalfOpenPhase {
  readonly state: 'half-open';
  readonly openedAtMs: number;
  readonly places: Places;
  succeeded: number;
  decided: boolean;
}

export type Rates = Pick<BreakerStatus, 'failureRate' | 'slowRate'>;

export const unknownRates: Rates = { failureRate: undefined, slowRate: undefined };

const nothing = {
  ...unknownRates,
  openedAtMs: undefined,
  retryAtMs: undefined,
  held: undefined,
  rampShare: undefined,
};

export function statusOf(phase: Phase, clock: Clock, lastFailures: readonly CallFailure[]): BreakerStatus {
  switch (phase.state) {
    case 'closed': {
      const share = shareNow(phase, clock);
      return {
        ...nothing,
        ...ratesOf(phase.window),
        state: 'closed',
        lastFailures,
        rampShare: share < 1 ? share : undefined,
      };
    }
    case 'open': {
      const { openedAtMs, endsMs, rates, held } = phase;
      const retryAtMs = endsMs === undefined ? undefined : clock.wallMs() + endsMs - clock.monotonicMs();
      return { ...nothing, ...rates, state: 'open', openedAtMs, retryAtMs, held, lastFailures };
    }
    case 'half-open':
      return { ...nothing, state: 'half-open', openedAtMs: phase.openedAtMs, lastFailures };
  }
}

export function ratesOf(window: CallWindow): Rates {
  const { calls, failures, slow } = window.totals();
  return calls === 0 ? unknownRates : { failureRate: failures / calls, slowRate: slow / calls };
}

/** Share of the calls that pass a closed breaker now. */
export function shareNow({ sinceMs, rampMs }: ClosedPhase, clock: Clock): number {
  return rampShare(clock.monotonicMs() - sinceMs, rampMs);
}

/** Whether it has been closed for so long that what was before is forgotten: the whole ramp, and then a window with all calls. */
export function hasSettled(
  { sinceMs, rampMs }: ClosedPhase,
  clock: Clock,
  settings: BreakerSettings,
): boolean {
  return clock.monotonicMs() - sinceMs >= rampMs + settings.windowMs;
}
