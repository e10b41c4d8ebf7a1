import type { ModelCall, StreamPart, TokenUsage } from '../contract.ts';
import type { Finish } from './options.ts';
import { outputTokens, wordCount, type Tally } from './tally.ts';

interface Ending {
  readonly call: ModelCall;
  readonly tally: Tally;
  /** The call's limit ended the answer. */
  readonly cutShort: boolean;
}

/** The last part of an answer, as its rule wants it. */
export function finishPart(
  { reason, usage }: Finish,
  { call, tally, cutShort }: Ending,
): Extract<StreamPart, { type: 'finish' }> {
  const scripted = reason ?? (tally.toolCalls > 0 ? 'tool-calls' : 'stop');
  const unified = cutShort ? 'length' : scripted;
  return { type: 'finish', reason: { unified, raw: unified }, usage: tokenUsage(usage, call, tally) };
}

function tokenUsage(usage: Finish['usage'], { messages }: ModelCall, tally: Tally): TokenUsage {
  if (usage === 'counted') {
    const texts = messages.flatMap(({ content }) =>
      content.map((part) => (part.type === 'text' ? part.text : '')),
    );
    return {
      inputTokens: wordCount(texts),
      outputTokens: outputTokens(tally),
      cachedInputTokens: undefined,
      reasoningTokens: tally.reasoning,
    };
  }
  const given = usage === 'unknown' ? {} : usage;
  return {
    inputTokens: given.inputTokens,
    outputTokens: given.outputTokens,
    cachedInputTokens: given.cachedInputTokens,
    reasoningTokens: given.reasoningTokens,
  };
}
