import { tokensCostNanoUsd } from '../domain/money.ts';
import type { CostRange, LatencyEstimate } from '../domain/plan.ts';
import type { DeploymentSignal } from './signals.ts';
import type { Wish } from './wish.ts';

export function estimateCost({ deployment }: DeploymentSignal, wish: Wish): CostRange {
  const { inputNanoUsdPerMillionTokens, outputNanoUsdPerMillionTokens } = deployment.prices;
  const { inputTokens, outputTokens } = wish;
  const cost = (input: number, output: number) =>
    tokensCostNanoUsd(input, inputNanoUsdPerMillionTokens) +
    tokensCostNanoUsd(output, outputNanoUsdPerMillionTokens);
  return {
    minNanoUsd: cost(inputTokens.min, outputTokens.min),
    expectedNanoUsd: cost(inputTokens.expected, outputTokens.expected),
    maxNanoUsd: cost(inputTokens.max, outputTokens.max),
  };
}

/** Measured where there are calls to measure, declared before. */
export function estimateLatency({ deployment, latency }: DeploymentSignal, wish: Wish): LatencyEstimate {
  const firstTokenMs = latency?.firstTokenMs?.p50 ?? deployment.latencyPrior.firstTokenMs;
  const perSecond = latency?.outputTokensPerSecond ?? deployment.latencyPrior.outputTokensPerSecond;
  const streamingMs = (wish.outputTokens.expected * 1000) / perSecond;
  return { firstTokenMs: Math.round(firstTokenMs), totalMs: Math.round(firstTokenMs + streamingMs) };
}
