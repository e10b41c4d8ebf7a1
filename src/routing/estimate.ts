import type { Message } from '../../adapters/contract.ts';
import { tokensCostNanoUsd } from '../domain/money.ts';
import type { CostRange, LatencyEstimate } from '../domain/plan.ts';
import type { GenerationRequest } from '../domain/request.ts';
import type { DeploymentSignal } from './signals.ts';

/** Tokens before anybody has counted them. The adapter counts exactly when the call arrives. */
export interface TokenEstimate {
  readonly min: number;
  readonly expected: number;
  readonly max: number;
}

/**
 * English prose comes to about four characters a token (https://platform.openai.com/tokenizer); code and other scripts take more tokens.
 * A byte-level vocabulary never needs more than a token per byte, which bounds the cost from above.
 */
const charactersPerToken = { most: 8, usual: 4 };

/** Role markers and separators of a chat template, per message. */
const templateTokensPerMessage = 4;

/** A guess for answers of unknown length; never more than the caller allows. */
const usualOutputTokens = 256;

export function estimateInputTokens(messages: readonly Message[]): TokenEstimate {
  let characters = 0;
  let bytes = 0;
  for (const message of messages) {
    for (const part of message.content) {
      if (part.type !== 'text') continue;
      characters += part.text.length;
      bytes += Buffer.byteLength(part.text);
    }
  }
  const overhead = messages.length * templateTokensPerMessage;
  return {
    min: Math.ceil(characters / charactersPerToken.most),
    expected: Math.ceil(characters / charactersPerToken.usual) + overhead,
    max: bytes + 2 * overhead,
  };
}

export function estimateCost(
  signal: DeploymentSignal,
  request: GenerationRequest,
  input: TokenEstimate,
): CostRange {
  const { inputNanoUsdPerMillionTokens, outputNanoUsdPerMillionTokens } = signal.deployment.prices;
  const cost = (inputTokens: number, outputTokens: number) =>
    tokensCostNanoUsd(inputTokens, inputNanoUsdPerMillionTokens) +
    tokensCostNanoUsd(outputTokens, outputNanoUsdPerMillionTokens);
  return {
    minNanoUsd: cost(input.min, 1),
    expectedNanoUsd: cost(input.expected, expectedOutputTokens(request)),
    maxNanoUsd: cost(input.max, maxOutputTokens(request)),
  };
}

/** Measured where there are calls to measure, declared before. */
export function estimateLatency(signal: DeploymentSignal, request: GenerationRequest): LatencyEstimate {
  const { latency, deployment } = signal;
  const firstTokenMs = latency?.firstTokenMs.p50 ?? deployment.latencyPrior.firstTokenMs;
  const perSecond = latency?.outputTokensPerSecond ?? deployment.latencyPrior.outputTokensPerSecond;
  const streamingMs = (expectedOutputTokens(request) * 1000) / perSecond;
  return { firstTokenMs: Math.round(firstTokenMs), totalMs: Math.round(firstTokenMs + streamingMs) };
}

function expectedOutputTokens(request: GenerationRequest): number {
  return Math.min(maxOutputTokens(request), usualOutputTokens);
}

/** Requests are read with a default, so the fallback only serves callers inside the gateway. */
function maxOutputTokens(request: GenerationRequest): number {
  return request.sampling.maxOutputTokens ?? 1024;
}
