import type { ModelAdapter, ModelCall, StreamPart, TokenUsage } from '../../adapters/contract.ts';
import { everyParameter } from './deployments.ts';

export const usage: TokenUsage = {
  inputTokens: 7,
  outputTokens: 2,
  cachedInputTokens: undefined,
  reasoningTokens: undefined,
};

export const finish: StreamPart = { type: 'finish', reason: { unified: 'stop', raw: 'stop' }, usage };

export interface RecordedAdapter extends ModelAdapter {
  readonly calls: readonly ModelCall[];
}

/** A model that plays one generator per call, and keeps the calls. */
export function modelAdapter(
  play: (call: ModelCall, signal: AbortSignal) => AsyncIterable<StreamPart>,
): RecordedAdapter {
  const calls: ModelCall[] = [];
  return {
    kind: 'test',
    calls,
    traits: () => ({
      capabilities: ['text', 'tools'],
      contextTokens: 8192,
      samplingParameters: everyParameter,
    }),
    generate: (call, signal) => {
      calls.push(call);
      return play(call, signal);
    },
    close: () => Promise.resolve(),
  };
}

/** Says the words, one a part. */
export function saying(...words: readonly string[]): RecordedAdapter {
  return modelAdapter(async function* () {
    for (const text of words) yield { type: 'text-delta', text };
    yield finish;
  });
}

/** Says the words and then throws. */
export function failing(error: Error, ...words: readonly string[]): RecordedAdapter {
  return modelAdapter(async function* () {
    for (const text of words) yield { type: 'text-delta', text };
    throw error;
  });
}
