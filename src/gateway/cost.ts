import type { TokenUsage } from '../../adapters/contract.ts';
import type { Answer } from '../domain/answer.ts';
import type { Prices } from '../domain/deployment.ts';
import { tokensCostNanoUsd } from '../domain/money.ts';
import type { Cost } from '../domain/outcome.ts';
import type { GenerationRequest } from '../domain/request.ts';
import { estimateMessages, estimateOutputTokens, estimateTexts } from '../routing/tokens.ts';

/** What an answer cost at the deployment's prices; tokens the provider did not count are estimated, and the cost says so. */
export function generationCost(request: GenerationRequest, answer: Answer, prices: Prices): Cost {
  const { usage } = answer;
  const inputTokens = usage.inputTokens ?? estimateMessages(request.messages).expected;
  const outputTokens = usage.outputTokens ?? estimateOutputTokens(answer.text);
  const nanoUsd =
    inputCost({ ...usage, inputTokens }, prices) +
    tokensCostNanoUsd(outputTokens, prices.outputNanoUsdPerMillionTokens);
  const known = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
  return { nanoUsd, estimated: !known && nanoUsd > 0 };
}

export function embeddingCost(texts: readonly string[], usage: TokenUsage, prices: Prices): Cost {
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
