import type { Clock } from '../platform/clock.ts';
import { Breaker, type BreakerChange, type EnterOptions, type HoldOptions } from './breaker.ts';
import { defaultBreakerSettings, type BreakerSettings } from '../domain/breaker-settings.ts';
import type { BreakerStatus } from './breaker-status.ts';
import type { CallResult } from './call-result.ts';
import { once } from './once.ts';
import { slowAfterMs } from './slow-call.ts';

export interface GateSettings {
  readonly breaker: BreakerSettings;
  /** Cooldown after a rate limit where the provider named no time. */
  readonly shortCooldownMs: number;
  /** A provider that asks for more is asked again after this long. */
  readonly maxShortCooldownMs: number;
  /** Cooldown where only an operator can help, though not here: no quota, an unknown model. */
  readonly longCooldownMs: number;
  /** Up to this share is added to a cooldown, so that waiting calls do not return all at once. */
  readonly jitter: number;
}

export const defaultGateSettings: GateSettings = {
  breaker: defaultBreakerSettings,
  shortCooldownMs: 5000,
  maxShortCooldownMs: 60_000,
  longCooldownMs: 300_000,
  jitter: 0.2,
};

export interface GateStatus {
  readonly breaker: BreakerStatus;
  /** Wall-clock time until which the provider wants no calls; `undefined` where it takes them. */
  readonly cooldownUntilMs: number | undefined;
  /** The provider has refused the credential: no calls until an operator resets the gate. */
  readonly credentialRefused: boolean;
}

export interface Settlement extends CallResult {
  readonly cooldown?: 'none' | 'short' | 'long' | 'until-reset';
  /** The provider's own wish for a short cooldown. */
  readonly retryAfterMs?: number | undefined;
}

/** The right to make one call. Whoever holds it settles it once the call has ended; only the first settlement counts. */
export interface Permit {
  settle(settlement: Settlement): void;
}

/** Stands before one deployment: its breaker, and its cooldown, which is no sign of bad health. */
export interface Gate {
  status(): GateStatus;
  /** `undefined` while the deployment is not to be called. */
  tryEnter(options?: EnterOptions): Permit | undefined;
  /** A first token that comes later, in milliseconds, makes a call slow. `p95FirstTokenMs` is what has been measured so far. */
  slowAfterMs(p95FirstTokenMs: number | undefined): number;
  /** An operator says that it works again: the breaker closes, the cooldown is over, and a refused credential is tried again. */
  reset(): void;
  /** An operator keeps calls away, those made in a panic too. */
  holdOpen(options?: HoldOptions): void;
}

export interface GateChange extends BreakerChange {
  readonly deployment: string;
}

export interface Gates {
  /** The deployment's gate; made at the first call. */
  of(deployment: string): Gate;
  /** Calls the listener whenever a breaker changes its state; returns the function that stops it. */
  onChange(listener: (change: GateChange) => void): () => void;
  /** Stops all timers. */
  close(): void;
}

export interface GatesOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** By the deployment's name. @default `defaultGateSettings` for all */
  readonly settingsFor?: (deployment: string) => GateSettings;
  /** Told once, until the gate is reset: somebody has to act. @default nobody is told */
  readonly onCredentialRefused?: (deployment: string) => void;
}

export function createGates({
  clock,
  random,
  settingsFor = () => defaultGateSettings,
  onCredentialRefused = () => undefined,
}: GatesOptions): Gates {
  const gates = new Map<string, { readonly gate: Gate; readonly breaker: Breaker }>();
  const listeners = new Set<(change: GateChange) => void>();

  function open(deployment: string): { readonly gate: Gate; readonly breaker: Breaker } {
    const settings = settingsFor(deployment);
    const breaker = new Breaker({
      clock,
      random,
      settings: settings.breaker,
      onChange: (change) => listeners.forEach((listener) => listener({ ...change, deployment })),
    });
    const opened = {
      gate: createGate(breaker, {
        clock,
        random,
        settings,
        onCredentialRefused: () => onCredentialRefused(deployment),
      }),
      breaker,
    };
    gates.set(deployment, opened);
    return opened;
  }

  return {
    of: (deployment) => (gates.get(deployment) ?? open(deployment)).gate,
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      for (const { breaker } of gates.values()) breaker.close();
      gates.clear();
    },
  };
}

interface GateOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: GateSettings;
  readonly onCredentialRefused: () => void;
}

function createGate(breaker: Breaker, { clock, random, settings, onCredentialRefused }: GateOptions): Gate {
  /** Monotonic; the wall clock may jump. */
  let cooldownEndsMs = Number.NEGATIVE_INFINITY;
  let credentialRefused = false;

  const cooldownLeftMs = (): number => Math.max(0, cooldownEndsMs - clock.monotonicMs());

  function coolDown({ cooldown = 'none', retryAfterMs }: Settlement): void {
    if (cooldown === 'none') return;
    if (cooldown === 'until-reset') {
      if (!credentialRefused) onCredentialRefused();
      credentialRefused = true;
      return;
    }
    const wantedMs =
      cooldown === 'long'
        ? settings.longCooldownMs
        : Math.min(settings.maxShortCooldownMs, retryAfterMs ?? settings.shortCooldownMs);
    const endsMs = clock.monotonicMs() + wantedMs * (1 + settings.jitter * random());
    cooldownEndsMs = Math.max(cooldownEndsMs, endsMs);
  }

  return {
    status() {
      const leftMs = cooldownLeftMs();
      return {
        breaker: breaker.status(),
        cooldownUntilMs: leftMs === 0 ? undefined : clock.wallMs() + leftMs,
        credentialRefused,
      };
    },
    tryEnter(options) {
      if (credentialRefused || cooldownLeftMs() > 0) return undefined;
      const permit = breaker.tryEnter(options);
      if (permit === undefined) return undefined;
      return once((settlement) => {
        coolDown(settlement);
        permit.settle(settlement);
      });
    },
    slowAfterMs: (p95FirstTokenMs) => slowAfterMs(settings.breaker, p95FirstTokenMs),
    reset() {
      cooldownEndsMs = Number.NEGATIVE_INFINITY;
      credentialRefused = false;
      breaker.reset();
    },
    holdOpen: (options) => breaker.hold(options),
  };
}
