import type { ModelTraits } from '../../adapters/contract.ts';
import type { LoadState } from '../../adapters/local-contract.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { LatencyStatistics } from './statistics.ts';

/** Whether calls may go to a deployment now. Times are wall-clock milliseconds. */
export type Availability =
  | { readonly type: 'open-for-calls' }
  | { readonly type: 'breaker-open'; readonly retryAtMs: number | undefined }
  /** By an operator; `undefined` where until told otherwise. */
  | { readonly type: 'held-open'; readonly untilMs: number | undefined }
  | { readonly type: 'credential-refused' }
  | { readonly type: 'cooling-down'; readonly untilMs: number };

/** All the router knows of one deployment at the moment of a request. */
export interface DeploymentSignal {
  readonly deployment: Deployment;
  /** The adapter's own traits once known, else the catalogue's. */
  readonly traits: ModelTraits;
  /** `undefined` where nothing is loaded on this machine. */
  readonly load: LoadState | undefined;
  readonly availability: Availability;
  /** `undefined` until the first call. */
  readonly latency: LatencyStatistics | undefined;
}

export interface RoutingSignals {
  readonly nowMs: number;
  readonly deployments: readonly DeploymentSignal[];
}
