import type { ModelAdapter, ModelTraits } from '../../adapters/contract.ts';
import type { LoadState } from '../../adapters/local-contract.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Clock } from '../platform/clock.ts';
import type { Target } from '../resilience/attempt.ts';
import type { Gate } from '../resilience/gate.ts';
import type { LimiterStatus } from '../resilience/limiter.ts';
import type { Availability, RoutingSignals } from '../routing/signals.ts';
import type { LatencyStatistics, Statistics } from '../routing/statistics.ts';

/** A deployment with what makes it work. */
export type LiveDeployment = Omit<Target, 'p95FirstTokenMs'>;

/** How a deployment stands now. */
export interface DeploymentStatus {
  readonly traits: ModelTraits;
  readonly load: LoadState | undefined;
  readonly gate: ReturnType<Gate['status']>;
  readonly admission: LimiterStatus;
  readonly latency: LatencyStatistics | undefined;
}

/** The deployments that this gateway can call. */
export interface Fleet {
  readonly deployments: readonly Deployment[];
  /** In the catalogue's order. A name that is not of the fleet is a bug. */
  live(name: string): Target;
  status(name: string): DeploymentStatus;
  /** What the router needs to know of the deployments of one model, or of all. */
  signals(model: string | undefined): RoutingSignals;
  close(): Promise<void>;
}

export function createFleet(
  members: readonly LiveDeployment[],
  { clock, statistics }: { readonly clock: Clock; readonly statistics: Statistics },
): Fleet {
  const byName = new Map(members.map((member) => [member.deployment.name, target(member)]));

  function target(member: LiveDeployment): Target {
    const { name } = member.deployment;
    return { ...member, p95FirstTokenMs: () => statistics.latency(name)?.firstTokenMs?.p95 };
  }

  const live = (name: string): Target => {
    const member = byName.get(name);
    if (member === undefined) throw new Error(`No deployment is called ${name}.`);
    return member;
  };
  const status = (name: string): DeploymentStatus => {
    const { deployment, adapter, gate, limiter } = live(name);
    return {
      traits: currentTraits(deployment, adapter),
      load: adapter.loading?.state(),
      gate: gate.status(),
      admission: limiter.status(),
      latency: statistics.latency(name),
    };
  };
  return {
    deployments: members.map((member) => member.deployment),
    live,
    status,
    signals: (model) => ({
      nowMs: clock.wallMs(),
      deployments: members
        .filter(({ deployment }) => model === undefined || deployment.model === model)
        .map(({ deployment }) => {
          const { traits, load, gate, latency } = status(deployment.name);
          return { deployment, traits, load, latency, availability: availability(gate, clock.wallMs()) };
        }),
    }),
    close: async () => {
      await Promise.all(members.map((member) => member.adapter.close()));
    },
  };
}

/** A local model tells how much it holds only once it is loaded; until then the catalogue's word counts. */
function currentTraits(deployment: Deployment, adapter: ModelAdapter): ModelTraits {
  const traits = adapter.traits();
  return { ...traits, contextTokens: traits.contextTokens ?? deployment.traits.contextTokens };
}

function availability(status: ReturnType<Gate['status']>, nowMs: number): Availability {
  const { state, held, retryAtMs } = status.breaker;
  if (status.credentialRefused) return { type: 'credential-refused' };
  if (held !== undefined) return { type: 'held-open', untilMs: retryAtMs };
  // Before the breaker: a deployment that has asked for a pause is left alone in a panic too.
  if (status.cooldownUntilMs !== undefined && status.cooldownUntilMs > nowMs) {
    return { type: 'cooling-down', untilMs: status.cooldownUntilMs };
  }
  return state === 'open' ? { type: 'breaker-open', retryAtMs } : { type: 'open-for-calls' };
}
