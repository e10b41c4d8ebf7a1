import type { Clock } from '../platform/clock.ts';
import { createCallWindow, type CallWindow } from './call-window.ts';
import { createCircuit, type Circuit, type CircuitState } from './circuit.ts';

export interface BreakerSettings {
  /** How far back calls count, in milliseconds. */
  readonly windowMs: number;
  /** Below this many calls in the window their failure rate says nothing. */
  readonly minimumCalls: number;
  /** Share of failed calls that opens, 0 to 1. */
  readonly failureRate: number;
  /** That many failed connections in a row open without waiting for `minimumCalls`. */
  readonly connectFailures: number;
  /** How long it stays open the first time; doubles each time up to `maxOpenMs`. */
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** Up to this share is added to the open time, so that gateways do not probe in step. */
  readonly jitter: number;
  /** Calls let through at a time while half-open. */
  readonly probes: number;
  /** Probes that must succeed before it closes; one that fails opens it again. */
  readonly probesToClose: number;
  /** A probe that runs longer frees its place for another one; its result still counts. */
  readonly probeDeadlineMs: number;
}

/** Consecutive failures and doubling as in Envoy's outlier detection, window and rate as in Hystrix, probes as in Resilience4j. */
export const defaultBreakerSettings: BreakerSettings = {
  windowMs: 30_000,
  minimumCalls: 10,
  failureRate: 0.5,
  connectFailures: 5,
  openMs: 15_000,
  maxOpenMs: 300_000,
  jitter: 0.2,
  probes: 3,
  probesToClose: 2,
  probeDeadlineMs: 60_000,
};

/** Times are wall-clock milliseconds. */
export interface BreakerStatus {
  readonly state: CircuitState;
  /** `undefined` while closed. */
  readonly openedAtMs: number | undefined;
  /** When the first probe may go; only while open. */
  readonly retryAtMs: number | undefined;
  /** Share of failed calls in the window, while open the one at its opening; `undefined` without calls. */
  readonly failureRate: number | undefined;
}

export interface BreakerChange {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: string;
}

/** How one call ended, at the end of its stream. `neutral` says nothing about the deployment's health. */
export interface CallResult {
  readonly verdict: 'success' | 'failure' | 'neutral';
  readonly connectFailure?: boolean;
}

export interface BreakerPermit {
  /** The first call counts, later ones do nothing. */
  settle(result: CallResult): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly settings: BreakerSettings;
  readonly onChange: (change: BreakerChange) => void;
}

/** What is known in each state. A call belongs to the phase it began in and tells nothing about a later one. */
type Phase =
  | {
      readonly state: 'closed';
      readonly sinceMs: number;
      readonly window: CallWindow;
      connectFailures: number;
    }
  | {
      readonly state: 'open';
      readonly openedAtMs: number;
      readonly retryAtMs: number;
      readonly failureRate: number | undefined;
    }
  | {
      readonly state: 'half-open';
      readonly openedAtMs: number;
      running: number;
      succeeded: number;
      decided: boolean;
    };

type ClosedPhase = Extract<Phase, { state: 'closed' }>;
type HalfOpenPhase = Extract<Phase, { state: 'half-open' }>;

/** Keeps calls away from a deployment that fails, and finds out when it has recovered. */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #circuit: Circuit;
  #phase: Phase;
  #opensInARow = 0;
  #reason = '';

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#circuit = createCircuit(options.clock, (state) => this.#enter(state));
    this.#phase = this.#closedPhase();
  }

  status(): BreakerStatus {
    const phase = this.#phase;
    switch (phase.state) {
      case 'closed':
        return { ...unknownStatus, state: 'closed', failureRate: rateOf(phase.window) };
      case 'open':
        return { ...phase };
      case 'half-open':
        return { ...unknownStatus, state: 'half-open', openedAtMs: phase.openedAtMs };
    }
  }

  /** A permit for one call, or `undefined` where none may be made now. */
  tryEnter(): BreakerPermit | undefined {
    const phase = this.#phase;
    switch (phase.state) {
      case 'closed':
        return once((result) => this.#count(phase, result));
      case 'open':
        return undefined;
      case 'half-open':
        return this.#tryProbe(phase);
    }
  }

  /** Stops the timers. */
  close(): void {
    this.#circuit.close();
  }

  #count(phase: ClosedPhase, { verdict, connectFailure = false }: CallResult): void {
    if (phase !== this.#phase || verdict === 'neutral') return;
    phase.window.record(verdict);
    phase.connectFailures = connectFailure ? phase.connectFailures + 1 : 0;
    const reason = reasonToOpen(phase, this.#options.settings);
    if (reason === undefined) return;
    this.#reason = reason;
    this.#circuit.open();
  }

  #tryProbe(phase: HalfOpenPhase): BreakerPermit | undefined {
    const { clock, settings } = this.#options;
    if (phase.decided || phase.running >= settings.probes) return undefined;
    phase.running += 1;
    let holdsPlace = true;
    const leave = (): void => {
      if (holdsPlace) phase.running -= 1;
      holdsPlace = false;
    };
    const cancelDeadline = clock.after(settings.probeDeadlineMs, leave);
    return once(({ verdict }) => {
      cancelDeadline();
      leave();
      if (verdict !== 'neutral' && phase === this.#phase) this.#judge(phase, verdict);
    });
  }

  #judge(phase: HalfOpenPhase, verdict: 'success' | 'failure'): void {
    if (verdict === 'success') phase.succeeded += 1;
    if (verdict === 'success' && phase.succeeded < this.#options.settings.probesToClose) return;
    if (phase.decided) return;
    phase.decided = true;
    this.#reason = verdict === 'success' ? `${phase.succeeded} probes succeeded` : 'a probe failed';
    this.#circuit.endProbe(verdict === 'success' ? 'passed' : 'failed');
  }

  #enter(state: CircuitState): void {
    const previous = this.#phase;
    switch (state) {
      case 'closed':
        this.#phase = this.#closedPhase();
        break;
      case 'open':
        this.#phase = this.#openPhase(previous);
        break;
      case 'half-open':
        this.#reason = 'the open time is over';
        this.#phase = {
          state,
          openedAtMs: previous.state === 'open' ? previous.openedAtMs : this.#options.clock.wallMs(),
          running: 0,
          succeeded: 0,
          decided: false,
        };
    }
    this.#options.onChange({ from: previous.state, to: state, reason: this.#reason });
  }

  #closedPhase(): ClosedPhase {
    const { clock, settings } = this.#options;
    return {
      state: 'closed',
      sinceMs: clock.monotonicMs(),
      window: createCallWindow(clock, settings.windowMs),
      connectFailures: 0,
    };
  }

  #openPhase(previous: Phase): Phase {
    const { clock, settings } = this.#options;
    if (previous.state === 'closed' && clock.monotonicMs() - previous.sinceMs >= settings.windowMs) {
      this.#opensInARow = 0;
    }
    const openMs = this.#nextOpenMs();
    this.#opensInARow += 1;
    this.#circuit.halfOpenAfter(openMs);
    const openedAtMs = clock.wallMs();
    return {
      state: 'open',
      openedAtMs,
      retryAtMs: openedAtMs + openMs,
      failureRate: previous.state === 'closed' ? rateOf(previous.window) : undefined,
    };
  }

  /** A deployment that fails again soon after it was let back is left alone for twice as long each time. */
  #nextOpenMs(): number {
    const { openMs, maxOpenMs, jitter } = this.#options.settings;
    return Math.min(maxOpenMs, openMs * 2 ** this.#opensInARow) * (1 + jitter * this.#options.random());
  }
}

const unknownStatus = { openedAtMs: undefined, retryAtMs: undefined, failureRate: undefined } as const;

function reasonToOpen(phase: ClosedPhase, settings: BreakerSettings): string | undefined {
  if (phase.connectFailures >= settings.connectFailures) {
    return `${phase.connectFailures} connections failed in a row`;
  }
  const { calls, failures } = phase.window.totals();
  if (calls < settings.minimumCalls || failures / calls < settings.failureRate) return undefined;
  return `${failures} of ${calls} calls failed within ${settings.windowMs / 1000} s`;
}

function rateOf(window: CallWindow): number | undefined {
  const { calls, failures } = window.totals();
  return calls === 0 ? undefined : failures / calls;
}

/** A permit whose first settlement alone counts. */
export function once<Result>(settle: (result: Result) => void): { settle(result: Result): void } {
  let settled = false;
  return {
    settle(result) {
      if (settled) return;
      settled = true;
      settle(result);
    },
  };
}
