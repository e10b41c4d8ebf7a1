import type { Deployment } from '../domain/deployment.ts';
import type { UnknownDeployment, ValidationIssue } from '../domain/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { HoldOptions } from '../resilience/breaker.ts';
import type { CircuitState } from '../resilience/circuit.ts';
import type { Gates } from '../resilience/gate.ts';
import { createFeed } from './feed.ts';
import type { Fleet, LiveDeployment } from './fleet.ts';
import { unknownDeployment, validationFailed, type ValidationFailed } from './problems.ts';

export interface BreakerEvent {
  readonly deployment: Deployment;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: string;
  /** Wall clock. */
  readonly atMs: number;
}

/** What operators do with breakers. Deployments are named as in the catalogue. */
export interface Breakers {
  /** Closes the breaker for all calls at once and ends the cooldown. */
  reset(deployment: string): Deployment | UnknownDeployment;
  holdOpen(deployment: string, options: HoldOptions): Deployment | UnknownDeployment | ValidationFailed;
  /**
   * The changes from now on, of one deployment or of all; ends with the signal and when the gateway stops. A reader who falls
   * behind by more than a hundred loses the oldest.
   */
  changes(
    deployment: string | undefined,
    signal: AbortSignal,
  ): AsyncIterableIterator<BreakerEvent> | UnknownDeployment;
}

export interface BreakersOptions {
  readonly fleet: Fleet;
  readonly gates: Gates;
  readonly clock: Clock;
  /** Aborts as soon as the gateway is told to stop: who only watches is not waited for. */
  readonly stopping: AbortSignal;
}

const waitingEvents = 100;

export function createBreakers({ fleet, gates, clock, stopping }: BreakersOptions): Breakers {
  const names = fleet.deployments.map(({ name }) => name);

  const find = (name: string): LiveDeployment | UnknownDeployment =>
    names.includes(name) ? fleet.live(name) : unknownDeployment(name, names);

  return {
    reset(name) {
      const found = find(name);
      if ('code' in found) return found;
      found.gate.reset();
      return found.deployment;
    },
    holdOpen(name, options) {
      const issues = holdIssues(options);
      if (issues.length > 0) return validationFailed(issues);
      const found = find(name);
      if ('code' in found) return found;
      found.gate.holdOpen(options);
      return found.deployment;
    },
    changes(name, signal) {
      if (name !== undefined && !names.includes(name)) return unknownDeployment(name, names);
      const feed = createFeed<BreakerEvent>({ limit: waitingEvents, onEnd: () => stopListening() });
      const stopListening = gates.onChange(({ deployment, from, to, reason }) => {
        if (name !== undefined && name !== deployment) return;
        feed.push({ deployment: fleet.live(deployment).deployment, from, to, reason, atMs: clock.wallMs() });
      });
      const over = AbortSignal.any([signal, stopping]);
      if (over.aborted) feed.end();
      over.addEventListener('abort', () => feed.end(), { once: true });
      return feed;
    },
  };
}

const longestReason = 200;

function holdIssues({ forMs, reason }: HoldOptions): readonly ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  if (forMs !== undefined && forMs <= 0) issues.push({ path: 'forMs', message: 'must be more than 0' });
  if (reason !== undefined && reason.length > longestReason) {
    issues.push({ path: 'reason', message: `must have at most ${longestReason} characters` });
  }
  return issues;
}
