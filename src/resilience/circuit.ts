import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';
import type { Clock } from '../platform/clock.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** opossum's state machine on our clock. When to open and what a probe showed is the caller's to say. */
export interface Circuit {
  state(): CircuitState;
  /** From closed or half-open to open, at once. */
  open(): void;
  /** From open to half-open, at once. */
  halfOpen(): void;
  /** The same after the delay; the last delay told counts. */
  halfOpenAfter(delayMs: number): void;
  /** Takes the delay back. */
  stayOpen(): void;
  /** From half-open to closed or back to open. opossum tells it by promise, so the state changes a moment later. */
  endProbe(result: 'passed' | 'failed'): void;
  /** To closed, at once, whatever was under way. */
  reset(): void;
  /** Stops the timers; the circuit is of no use afterwards. */
  close(): void;
}

/** `onEnter` hears of every new state after the first, which is closed. */
export function createCircuit(clock: Clock, onEnter: (state: CircuitState) => void): Circuit {
  let machine = start('closed');
  let probe = Promise.withResolvers<void>();
  let cancelTimer: (() => void) | undefined;

  function start(state: 'closed' | 'half-open'): CircuitBreaker<[Promise<void>], void> {
    const started = createMachine(state);
    started.on('open', () => onEnter('open'));
    started.on('close', () => onEnter('closed'));
    return started;
  }

  /** What the old machine still hears, such as the end of a probe, changes nothing any more: it has no listeners left. */
  function replace(state: 'closed' | 'half-open'): void {
    cancelTimer?.();
    machine.shutdown();
    machine = start(state);
  }

  function enterHalfOpen(): void {
    replace('half-open');
    probe = Promise.withResolvers<void>();
    // What became of the probe is heard through the machine's events.
    machine.fire(probe.promise).catch(() => undefined);
    onEnter('half-open');
  }

  return {
    state: () => stateOf(machine),
    open: () => machine.open(),
    halfOpen: enterHalfOpen,
    halfOpenAfter(delayMs) {
      cancelTimer?.();
      cancelTimer = clock.after(delayMs, enterHalfOpen);
    },
    stayOpen: () => cancelTimer?.(),
    endProbe(result) {
      if (result === 'passed') probe.resolve();
      else probe.reject(new Error('A probe failed.'));
    },
    reset() {
      replace('closed');
      onEnter('closed');
    },
    close() {
      cancelTimer?.();
      machine.shutdown();
    },
  };
}

/** The most that a timer of Node holds, 24.8 days: a longer one fires at once. */
const neverMs = 2 ** 31 - 1;

type MachineOptions = CircuitBreaker.Options<[Promise<void>]> & {
  /** Missing in the types of opossum 8. */
  readonly state: { readonly closed: boolean; readonly halfOpen: boolean };
};

/**
 * An opossum without opinions. Left to itself it opens at the first failure, keeps every latency it sees, lets a probe that never
 * ends block it for good, and goes half-open by a timer that cannot be set from outside: so it gets no calls while closed, no
 * threshold it could reach and no clock, and half-open is entered by starting a machine in that state.
 */
function createMachine(state: 'closed' | 'half-open'): CircuitBreaker<[Promise<void>], void> {
  const options: MachineOptions = {
    timeout: false,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    resetTimeout: neverMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    rotateBucketController: new EventEmitter(),
    state: { closed: state === 'closed', halfOpen: state === 'half-open' },
  };
  return new CircuitBreaker((probe: Promise<void>) => probe, options);
}

function stateOf(machine: CircuitBreaker<[Promise<void>], void>): CircuitState {
  if (machine.opened) return 'open';
  return machine.halfOpen ? 'half-open' : 'closed';
}
