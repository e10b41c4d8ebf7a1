import type { TokenUsage } from '../../adapters/contract.ts';
import type { Answer } from '../domain/answer.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Prices } from '../domain/deployment.ts';
import { tokensCostNanoUsd } from '../domain/money.ts';
import type { Cost } from '../domain/outcome.ts';
import type { GenerationRequest } from '../domain/request.ts';
import { estimateMessages, estimateOutputTokens, estimateTexts } from '../routing/tokens.ts';

/**
 * What an answer cost, hedges that lost included; tokens that the provider did not count are estimated, and the cost says so. The last
 * attempt is the one that answered.
 */
export function generationCost(
  request: GenerationRequest,
  answer: Answer,
  attempts: readonly Attempt[],
): Cost {
  const served = attempts.at(-1);
  if (served === undefined) throw new Error('An answer needs an attempt.');
  const lost = attempts.filter(({ outcome }) => outcome === 'cancelled');
  const hedgesNanoUsd = lost.reduce((sum, { deployment }) => sum + promptCost(request, deployment.prices), 0);
  const { nanoUsd, estimated } = answerCost(request, answer, served.deployment.prices);
  return { nanoUsd: nanoUsd + hedgesNanoUsd, estimated: estimated || hedgesNanoUsd > 0 };
}

/** Of a call that was cancelled before its first token: providers bill the prompt that they have read. */
function promptCost({ messages }: GenerationRequest, prices: Prices): number {
  return tokensCostNanoUsd(estimateMessages(messages).expected, prices.inputNanoUsdPerMillionTokens);
}

function answerCost(request: GenerationRequest, { usage, text }: Answer, prices: Prices): Cost {
  const inputTokens = usage.inputTokens ?? estimateMessages(request.messages).expected;
  const outputTokens = usage.outputTokens ?? estimateOutputTokens(text);
  const nanoUsd =
    inputCost({ ...usage, inputTokens }, prices) +
    tokensCostNanoUsd(outputTokens, prices.outputNanoUsdPerMillionTokens);
  const known = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
  return { nanoUsd, estimated: !known && nanoUsd > 0 };
}

export function readingCost(texts: readonly string[], usage: TokenUsage, prices: Prices): Cost {
  const inputTokens = usage.inputTokens ?? estimateTexts(texts).expected;
  const nanoUsd = inputCost({ ...usage, inputTokens }, prices);
  return { nanoUsd, estimated: usage.inputTokens === undefined && nanoUsd > 0 };
}

function inputCost(usage: TokenUsage & { readonly inputTokens: number }, prices: Prices): number {
  const { inputNanoUsdPerMillionTokens, cachedInputNanoUsdPerMillionTokens } = prices;
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  return (
    tokensCostNanoUsd(usage.inputTokens - cached, inputNanoUsdPerMillionTokens) +
    tokensCostNanoUsd(cached, cachedInputNanoUsdPerMillionTokens ?? inputNanoUsdPerMillionTokens)
  );
}
