import type { ModelTraits } from '../../adapters/contract.ts';
import type { LoadState } from '../../adapters/local-contract.ts';
import type { BreakerSettings } from './breaker-settings.ts';
import type { LimiterSettings } from './limiter-settings.ts';
import type { NanoUsd } from './money.ts';

export interface Prices {
  readonly inputNanoUsdPerMillionTokens: NanoUsd;
  readonly outputNanoUsdPerMillionTokens: NanoUsd;
  /** Price of input tokens the provider had cached. Left out: the input price. */
  readonly cachedInputNanoUsdPerMillionTokens?: NanoUsd;
}

/** What we expect of a deployment before it has been measured. */
export interface LatencyPrior {
  readonly firstTokenMs: number;
  readonly outputTokensPerSecond: number;
}

/** A model at one endpoint through one adapter. Immutable; a change of the catalogue makes a new one. */
export interface Deployment {
  /** Unique in the catalogue; its id towards clients as well. */
  readonly name: string;
  /** The name of the model that clients ask for. */
  readonly model: string;
  /** The adapter's kind: `onnx`, `openai`, `scripted`. */
  readonly kind: string;
  /** Whether prompts stay on this machine. */
  readonly local: boolean;
  readonly prices: Prices;
  /** Declared quality, 0 to 1, comparable only within this catalogue. */
  readonly quality: number;
  readonly latencyPrior: LatencyPrior;
  readonly tags: readonly string[];
  /** What the catalogue says the model can do; the adapter's own traits go before it once they are known. */
  readonly traits: ModelTraits;
  /** When it counts as sick. @default `defaultBreakerSettings` */
  readonly breaker?: BreakerSettings;
  /** How many calls it gets at once. @default `defaultLimiterSettings` */
  readonly admission?: LimiterSettings;
  /** Part of the cache key: answers of different versions are never mixed. */
  readonly version: string;
}

/** Whether calls may go to a deployment; one that is not in memory may be brought up by them. */
export function takesCalls(load: LoadState | undefined): boolean {
  switch (load?.step) {
    case undefined:
    case 'ready':
      return true;
    case 'unloaded':
      return load.why !== 'operator';
    case 'downloading':
    case 'converting':
    case 'loading':
      return load.callsWait === true;
    case 'idle':
    case 'failed':
      return false;
  }
}

/** How a deployment stands, for clients. */
export type DeploymentState = 'ready' | 'loading' | 'failed' | 'unloaded';

export function deploymentState(load: LoadState | undefined): DeploymentState {
  switch (load?.step) {
    case undefined:
    case 'ready':
      return 'ready';
    case 'failed':
      return 'failed';
    case 'unloaded':
      return 'unloaded';
    case 'idle':
    case 'downloading':
    case 'converting':
    case 'loading':
      return 'loading';
  }
}
