import type { FinishReason, StreamPart, TokenLogProbability, TokenUsage } from '../../adapters/contract.ts';

export interface GeneratedToolCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it. */
  readonly arguments: string;
}

/** What a model said, whole. */
export interface Answer {
  readonly text: string;
  /** `undefined` where the model showed none. */
  readonly reasoning: string | undefined;
  readonly toolCalls: readonly GeneratedToolCall[];
  /** Of the tokens of the text, in order; `undefined` where the request did not ask for them. */
  readonly logProbabilities: readonly TokenLogProbability[] | undefined;
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
}

/** A part that the client sees. */
export type DeltaPart = Extract<
  StreamPart,
  { readonly type: 'text-delta' | 'reasoning-delta' | 'tool-call-delta' }
>;

export interface AnswerBuilder {
  add(part: DeltaPart): void;
  /** The text so far. */
  text(): string;
  /** Text, reasoning and arguments of tool calls so far: all that the model was paid for. */
  everything(): string;
  finish(finish: { readonly reason: FinishReason; readonly usage: TokenUsage }): Answer;
}

/** Puts an answer together from its stream. */
export function buildAnswer(): AnswerBuilder {
  const text: string[] = [];
  const reasoning: string[] = [];
  const logProbabilities: TokenLogProbability[] = [];
  const toolCalls = new Map<number, GeneratedToolCall>();
  return {
    add(part) {
      switch (part.type) {
        case 'text-delta':
          text.push(part.text);
          if (part.logProbabilities !== undefined) logProbabilities.push(...part.logProbabilities);
          return;
        case 'reasoning-delta':
          reasoning.push(part.text);
          return;
        case 'tool-call-delta':
          toolCalls.set(part.index, extended(toolCalls.get(part.index), part));
      }
    },
    text: () => text.join(''),
    everything: () =>
      [...reasoning, ...text, ...[...toolCalls.values()].map((call) => call.arguments)].join(''),
    finish: ({ reason, usage }) => ({
      text: text.join(''),
      reasoning: reasoning.length === 0 ? undefined : reasoning.join(''),
      toolCalls: [...toolCalls.values()].sort((left, right) => left.index - right.index),
      logProbabilities: logProbabilities.length === 0 ? undefined : logProbabilities,
      finishReason: reason,
      usage,
    }),
  };
}

function extended(
  call: GeneratedToolCall | undefined,
  part: Extract<DeltaPart, { readonly type: 'tool-call-delta' }>,
): GeneratedToolCall {
  return {
    index: part.index,
    id: call?.id ?? part.id ?? '',
    name: call?.name ?? part.name ?? '',
    arguments: (call?.arguments ?? '') + part.argumentsDelta,
  };
}
