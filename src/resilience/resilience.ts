import type { Clock } from '../platform/clock.ts';
import type { EventLoopMonitor } from '../platform/event-loop.ts';
import type { AdapterBug } from './attempt.ts';
import type { ExecutionEnvironment, RouteBudgets } from './execution.ts';
import { createGates, defaultGateSettings, type Gates, type GateSettings } from './gate.ts';
import { createHedgeShare, type HedgeShare } from './hedge-share.ts';
import { defaultLimiterSettings, type LimiterSettings } from '../domain/limiter-settings.ts';
import { createLimiters, type Limiters } from './limiters.ts';
import { createRetryBudgets } from './retry-budget.ts';

/** What a deployment can bear and when it counts as sick. */
export interface DeploymentResilience {
  readonly gate: GateSettings;
  readonly limiter: LimiterSettings;
}

export const defaultDeploymentResilience: DeploymentResilience = {
  gate: defaultGateSettings,
  limiter: defaultLimiterSettings,
};

export interface ResilienceOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How late the gateway's own event loop is. @default never late */
  readonly eventLoop?: Pick<EventLoopMonitor, 'sustainedLagMs' | 'lagging'>;
  readonly onAdapterBug: (bug: AdapterBug) => void;
  /** Told once a deployment has refused its credential, until its gate is reset. @default nobody is told */
  readonly onCredentialRefused?: (deployment: string) => void;
  /** By the deployment's name. @default `defaultDeploymentResilience` for all */
  readonly settingsFor?: (deployment: string) => DeploymentResilience;
}

/** What calls to models share, whatever request they belong to. */
export interface Resilience {
  readonly environment: ExecutionEnvironment;
  readonly gates: Gates;
  readonly limiters: Limiters;
  /** What all requests for one model may spend on retries and hedges; its names come from the catalogue, so they are few. */
  budgetsOf(model: string): RouteBudgets;
  /** Stops all timers and sends away all that wait. */
  close(): void;
}

const punctual = { sustainedLagMs: () => 0, lagging: () => false };

export function createResilience(options: ResilienceOptions): Resilience {
  const { clock, random, onAdapterBug, eventLoop = punctual } = options;
  const { settingsFor = () => defaultDeploymentResilience, onCredentialRefused = () => undefined } = options;
  const gates = createGates({
    clock,
    random,
    settingsFor: (name) => settingsFor(name).gate,
    onCredentialRefused,
  });
  const limiters = createLimiters({ clock, settingsOf: (name) => settingsFor(name).limiter });
  const retries = createRetryBudgets();
  const hedges = new Map<string, HedgeShare>();

  function hedgesOf(model: string): HedgeShare {
    const share = hedges.get(model) ?? createHedgeShare();
    hedges.set(model, share);
    return share;
  }

  return {
    environment: {
      clock,
      random,
      lagging: () => eventLoop.lagging(),
      lagMs: () => eventLoop.sustainedLagMs(),
      onAdapterBug,
    },
    gates,
    limiters,
    budgetsOf: (model) => ({ retries: retries.of(model), hedges: hedgesOf(model) }),
    close() {
      limiters.close();
      gates.close();
    },
  };
}
