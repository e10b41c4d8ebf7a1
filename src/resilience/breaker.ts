import type { Clock } from '../platform/clock.ts';
import type { BreakerSettings } from '../domain/breaker-settings.ts';
import {
  hasSettled,
  ratesOf,
  shareNow,
  statusOf,
  unknownRates,
  type BreakerStatus,
  type ClosedPhase,
  type HalfOpenPhase,
  type Hold,
  type OpenPhase,
  type Phase,
} from './breaker-status.ts';
import { discountLag, type CallResult } from './call-result.ts';
import { createCallWindow } from './call-window.ts';
import { createCircuit, type Circuit, type CircuitState } from './circuit.ts';
import { once } from './once.ts';
import { createOpenTimes, type OpenTimes } from './open-time.ts';
import { reasonToOpen } from './opening-rule.ts';
import { createPlaces } from './places.ts';
import { createRecentFailures } from './recent-failures.ts';

export interface BreakerChange {
  readonly from: CircuitState;
  /** The same as `from` where an operator begins to hold open what was open. */
  readonly to: CircuitState;
  readonly reason: string;
}

export interface EnterOptions {
  /** Every deployment that could take the call is open: one that is not held open lets a call through now and then. @default false */
  readonly panic?: boolean | undefined;
  /** No other deployment is left that could take the call: a ramp lets it through. @default false */
  readonly lastChance?: boolean | undefined;
}

export interface HoldOptions {
  /** Until it may be probed, in milliseconds; without it, until `reset`. */
  readonly forMs?: number | undefined;
  /** For the other operators. */
  readonly reason?: string | undefined;
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

/** Why the circuit is about to change; it tells only that it has. */
interface Cause {
  readonly reason: string;
  readonly operator?: true;
  readonly hold?: HoldOptions;
}

/** The one change that comes by itself. */
const openTimeOver: Cause = { reason: 'the open time is over' };

const rememberedFailures = 5;

/** Keeps calls away from a deployment that fails or is slow, and finds out when it has recovered. */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #circuit: Circuit;
  readonly #failures = createRecentFailures(rememberedFailures);
  readonly #openTimes: OpenTimes;
  #phase: Phase;
  #cause = openTimeOver;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#openTimes = createOpenTimes(options.settings, options.random);
    this.#circuit = createCircuit(options.clock, (state) => this.#enter(state));
    this.#phase = this.#closedPhase(0);
  }

  status(): BreakerStatus {
    return statusOf(this.#phase, this.#options.clock, this.#failures.list());
  }

  /** A permit for one call, or `undefined` where none may be made now. */
  tryEnter({ panic = false, lastChance = false }: EnterOptions = {}): BreakerPermit | undefined {
    const phase = this.#phase;
    switch (phase.state) {
      case 'closed':
        return panic || lastChance || this.#mayPass(phase)
          ? this.#permit((result) => this.#count(phase, result))
          : undefined;
      case 'open':
        return panic && phase.held === undefined ? this.#tryInPanic(phase) : undefined;
      case 'half-open':
        return this.#tryProbe(phase);
    }
  }

  /** Closes it for all calls at once, and forgets how often it has opened. */
  reset(): void {
    this.#openTimes.forget();
    this.#cause = { reason: 'reset by an operator', operator: true };
    this.#circuit.reset();
  }

  /** Opens it and keeps it open. One that is open for longer than `forMs` stays so. */
  hold(hold: HoldOptions = {}): void {
    const words = hold.reason === undefined ? '' : `: ${hold.reason}`;
    this.#cause = { reason: `held open by an operator${words}`, operator: true, hold };
    if (this.#phase.state === 'open') this.#enter('open');
    else this.#circuit.open();
  }

  /** Stops the timers. */
  close(): void {
    this.#circuit.close();
  }

  #mayPass(phase: ClosedPhase): boolean {
    const share = shareNow(phase, this.#options.clock);
    return share === 1 || this.#options.random() < share;
  }

  #permit(settle: (result: CallResult) => void): BreakerPermit {
    return once((told) => {
      const result = discountLag(told);
      if (result.verdict === 'failure' && result.failure !== undefined) {
        this.#failures.add({ ...result.failure, atMs: this.#options.clock.wallMs() });
      }
      settle(result);
    });
  }

  #count(phase: ClosedPhase, { verdict, connectFailure = false, slow = false }: CallResult): void {
    const { clock, settings } = this.#options;
    if (phase !== this.#phase || verdict === 'neutral') return;
    const failed = verdict === 'failure';
    phase.window.record({ failed, slow });
    phase.failuresInARow = failed ? phase.failuresInARow + 1 : 0;
    phase.connectFailuresInARow = connectFailure ? phase.connectFailuresInARow + 1 : 0;
    const record = { ...phase, totals: phase.window.totals(), share: shareNow(phase, clock) };
    const reason = reasonToOpen(record, settings);
    if (reason === undefined) return;
    this.#cause = { reason };
    this.#circuit.open();
  }

  /** A call that succeeds shows what a probe would: it begins the probing before its time. One that fails changes nothing. */
  #tryInPanic(phase: OpenPhase): BreakerPermit | undefined {
    const { clock, settings } = this.#options;
    if (clock.monotonicMs() < phase.pauseEndsMs) return undefined;
    const leave = phase.places.tryTake();
    if (leave === undefined) return undefined;
    return this.#permit((result) => {
      leave();
      if (isHealthy(result) === false) phase.pauseEndsMs = clock.monotonicMs() + settings.panicPauseMs;
      if (phase === this.#phase && isHealthy(result) === true) this.#beginProbing();
    });
  }

  #beginProbing(): void {
    this.#cause = { reason: 'a call succeeded that was made in a panic' };
    this.#circuit.halfOpen();
    if (this.#phase.state === 'half-open') this.#judge(this.#phase, true);
  }

  #tryProbe(phase: HalfOpenPhase): BreakerPermit | undefined {
    const leave = phase.decided ? undefined : phase.places.tryTake();
    if (leave === undefined) return undefined;
    return this.#permit((result) => {
      leave();
      const healthy = isHealthy(result);
      if (healthy !== undefined && phase === this.#phase) this.#judge(phase, healthy);
    });
  }

  #judge(phase: HalfOpenPhase, healthy: boolean): void {
    if (phase.decided) return;
    if (healthy) phase.succeeded += 1;
    if (healthy && phase.succeeded < this.#options.settings.probesToClose) return;
    phase.decided = true;
    this.#cause = { reason: healthy ? `${phase.succeeded} probes succeeded` : 'a probe failed or was slow' };
    this.#circuit.endProbe(healthy ? 'passed' : 'failed');
  }

  #enter(state: CircuitState): void {
    const { clock, onChange, settings } = this.#options;
    const previous = this.#phase;
    switch (state) {
      case 'closed':
        this.#phase = this.#closedPhase(this.#cause.operator === true ? 0 : settings.rampMs);
        break;
      case 'open':
        this.#phase = this.#openPhase(previous, this.#cause.hold);
        break;
      case 'half-open':
        this.#phase = this.#halfOpenPhase(previous.state === 'open' ? previous.openedAtMs : clock.wallMs());
    }
    const { reason } = this.#cause;
    this.#cause = openTimeOver;
    // A reset of what was closed changes nothing for others.
    if (state === 'closed' && previous.state === 'closed') return;
    onChange({ from: previous.state, to: state, reason });
  }

  #closedPhase(rampMs: number): ClosedPhase {
    const { clock, settings } = this.#options;
    const window = createCallWindow(clock, settings.windowMs);
    return {
      state: 'closed',
      sinceMs: clock.monotonicMs(),
      rampMs,
      window,
      failuresInARow: 0,
      connectFailuresInARow: 0,
    };
  }

  #openPhase(previous: Phase, hold: HoldOptions | undefined): OpenPhase {
    const { clock, settings } = this.#options;
    const endsMs = hold === undefined ? this.#nextEndMs(previous) : this.#holdEndMs(previous, hold);
    if (endsMs === undefined) this.#circuit.stayOpen();
    else this.#circuit.halfOpenAfter(endsMs - clock.monotonicMs());
    return {
      state: 'open',
      openedAtMs: previous.state === 'open' ? previous.openedAtMs : clock.wallMs(),
      endsMs,
      rates: ratesBefore(previous),
      held: hold === undefined ? undefined : heldBy(hold),
      places: createPlaces({ clock, limit: settings.panicCalls, deadlineMs: settings.probeDeadlineMs }),
      pauseEndsMs: Number.NEGATIVE_INFINITY,
    };
  }

  #nextEndMs(previous: Phase): number {
    const { clock, settings } = this.#options;
    if (previous.state === 'closed' && hasSettled(previous, clock, settings)) this.#openTimes.forget();
    return clock.monotonicMs() + this.#openTimes.next();
  }

  #holdEndMs(previous: Phase, { forMs }: HoldOptions): number | undefined {
    if (forMs === undefined) return undefined;
    const own = previous.state === 'open' && previous.held === undefined ? (previous.endsMs ?? 0) : 0;
    return Math.max(own, this.#options.clock.monotonicMs() + forMs);
  }

  #halfOpenPhase(openedAtMs: number): HalfOpenPhase {
    const { clock, settings } = this.#options;
    const places = createPlaces({ clock, limit: settings.probes, deadlineMs: settings.probeDeadlineMs });
    return { state: 'half-open', openedAtMs, places, succeeded: 0, decided: false };
  }
}

/** What a call shows of a deployment that had failed; `undefined` for nothing. One that is still slow has not recovered. */
function isHealthy({ verdict, slow = false }: CallResult): boolean | undefined {
  return verdict === 'neutral' ? undefined : verdict === 'success' && !slow;
}

function ratesBefore(previous: Phase) {
  switch (previous.state) {
    case 'closed':
      return ratesOf(previous.window);
    case 'open':
      return previous.rates;
    case 'half-open':
      return unknownRates;
  }
}

function heldBy({ reason }: HoldOptions): Hold {
  return { reason };
}
