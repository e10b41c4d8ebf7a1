import { samplingParameters } from '../../adapters/contract.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { DeploymentSignal } from '../../src/routing/signals.ts';

export const everyParameter = samplingParameters;

/** A free local deployment, but for what the test says. */
export function deployment(overrides: Partial<Deployment> = {}): Deployment {
  return {
    name: 'small',
    model: 'small-model',
    kind: 'scripted',
    local: true,
    prices: { inputNanoUsdPerMillionTokens: 0, outputNanoUsdPerMillionTokens: 0 },
    quality: 0.3,
    latencyPrior: { firstTokenMs: 200, outputTokensPerSecond: 50 },
    tags: [],
    traits: { capabilities: ['text'], contextTokens: 8192, samplingParameters: everyParameter },
    version: '1',
    ...overrides,
  };
}

/** A dear, good deployment at a provider. */
export function remoteDeployment(overrides: Partial<Deployment> = {}): Deployment {
  return deployment({
    name: 'large',
    model: 'large-model',
    local: false,
    prices: {
      inputNanoUsdPerMillionTokens: 1_250_000_000,
      outputNanoUsdPerMillionTokens: 10_000_000_000,
    },
    quality: 0.9,
    latencyPrior: { firstTokenMs: 500, outputTokensPerSecond: 100 },
    traits: {
      capabilities: ['text', 'tools'],
      contextTokens: 128_000,
      samplingParameters: ['temperature', 'maxOutputTokens'],
    },
    ...overrides,
  });
}

/** Loaded, healthy and never measured, but for what the test says. */
export function signal(of: Deployment, overrides: Partial<DeploymentSignal> = {}): DeploymentSignal {
  return {
    deployment: of,
    traits: of.traits,
    load: undefined,
    availability: { type: 'open-for-calls' },
    latency: undefined,
    ...overrides,
  };
}
