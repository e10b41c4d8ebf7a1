import type { JsonValue, TokenUsage } from '../adapters/contract.ts';
import type { GeneratedToolCall } from '../src/domain/answer.ts';
import type { CacheResult, Generation, Timings } from '../src/domain/outcome.ts';
import { AttemptRef } from './attempt.ts';
import { builder } from './builder.ts';
import { GenerateInputRef } from './generate-input.ts';
import { TokenLogprobRef } from './logprobs.ts';
import { milliseconds, millisecondsOrNull } from './milliseconds.ts';
import { CostRef } from './money.ts';
import { PlanRef } from './plan.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { DeploymentRef, ModelRef } from './refs.ts';

const FinishReasonRef = builder.enumType('FinishReason', {
  values: {
    STOP: { value: 'stop' },
    LENGTH: { value: 'length', description: 'Cut off by maxOutputTokens or the end of the context.' },
    TOOL_CALLS: { value: 'tool-calls' },
    CONTENT_FILTER: { value: 'content-filter' },
    OTHER: { value: 'other' },
  } as const,
});

export const UsageRef = builder.objectRef<TokenUsage>('Usage').implement({
  description: 'Tokens as the model counted them; null where it did not say.',
  fields: (t) => ({
    inputTokens: t.exposeInt('inputTokens', { nullable: true }),
    outputTokens: t.exposeInt('outputTokens', { nullable: true }),
    cachedInputTokens: t.exposeInt('cachedInputTokens', {
      nullable: true,
      description: 'Those of inputTokens that the model had seen before.',
    }),
    reasoningTokens: t.exposeInt('reasoningTokens', {
      nullable: true,
      description: 'Those of outputTokens that were spent on reasoning.',
    }),
  }),
});

const TimingsRef = builder.objectRef<Timings>('Timings').implement({
  description: 'Durations in milliseconds, as the gateway saw them.',
  fields: (t) => ({
    queuedMs: t.float({
      nullable: true,
      description: 'Wait in a local queue.',
      resolve: ({ queuedMs }) => millisecondsOrNull(queuedMs),
    }),
    firstTokenMs: t.float({
      nullable: true,
      resolve: ({ firstTokenMs }) => millisecondsOrNull(firstTokenMs),
    }),
    totalMs: t.float({ resolve: ({ totalMs }) => milliseconds(totalMs) }),
  }),
});

const CacheResultRef = builder.objectRef<CacheResult>('CacheResult').implement({
  fields: (t) => ({
    hit: t.exposeBoolean('hit'),
    ageSeconds: t.exposeFloat('ageSeconds', { nullable: true, description: 'Null without a hit.' }),
  }),
});

const ToolCallRef = builder.objectRef<GeneratedToolCall>('ToolCall').implement({
  fields: (t) => ({
    index: t.exposeInt('index'),
    id: t.exposeString('id'),
    name: t.exposeString('name'),
    arguments: t.exposeString('arguments', { description: 'JSON text, as the model wrote it.' }),
  }),
});

export const GenerationRef = builder.objectRef<Generation>('Generation').implement({
  description: 'An answer with its whole story.',
  fields: (t) => ({
    id: t.exposeID('id'),
    text: t.string({ resolve: ({ answer }) => answer.text }),
    reasoning: t.string({
      nullable: true,
      description: 'Null where the model showed none.',
      resolve: ({ answer }) => answer.reasoning,
    }),
    toolCalls: t.field({ type: [ToolCallRef], resolve: ({ answer }) => answer.toolCalls }),
    json: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The text as JSON; null where it is none. With a responseFormat it is what was asked for.',
      resolve: ({ answer }) => jsonOf(answer.text),
    }),
    logprobs: t.field({
      type: [TokenLogprobRef],
      nullable: true,
      description: 'Of the tokens of the text; null where the input did not ask.',
      resolve: ({ answer }) => answer.logProbabilities,
    }),
    finishReason: t.field({
      type: FinishReasonRef,
      resolve: ({ answer }) => answer.finishReason.unified,
    }),
    rawFinishReason: t.string({
      nullable: true,
      description: 'The model’s own word for it.',
      resolve: ({ answer }) => answer.finishReason.raw,
    }),
    model: t.field({ type: ModelRef, resolve: ({ deployment }) => ({ name: deployment.model }) }),
    deployment: t.expose('deployment', { type: DeploymentRef }),
    usage: t.field({ type: UsageRef, resolve: ({ answer }) => answer.usage }),
    cost: t.expose('cost', { type: CostRef }),
    timings: t.expose('timings', { type: TimingsRef }),
    cache: t.expose('cache', { type: CacheResultRef }),
    route: t.field({
      type: PlanRef,
      nullable: true,
      description: 'Null where the answer came from the cache.',
      resolve: ({ plan }) => plan,
    }),
    attempts: t.expose('attempts', {
      type: [AttemptRef],
      description: 'In order; the last one succeeded. Empty for an answer from the cache.',
    }),
  }),
});

function jsonOf(text: string): JsonValue | undefined {
  try {
    // What is parsed is JSON by its nature.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

const GenerateResultRef = builder.unionType('GenerateResult', {
  types: [GenerationRef, ...requestProblemRefs],
  resolveType: (value) => ('code' in value ? requestProblemTypes[value.code] : 'Generation'),
});

builder.queryField('generate', (t) =>
  t.field({
    type: GenerateResultRef,
    description: 'A whole answer. Several of these fields in one document run side by side.',
    args: { input: t.arg({ type: GenerateInputRef, required: true }) },
    resolve: async (_root, { input }, { gateway, caller, overloaded }) => {
      const result = await gateway.generate(input, caller);
      if (result.type === 'success') return result.value;
      if (result.problem.code === 'OVERLOADED') overloaded(result.problem.retryAfterMs);
      return result.problem;
    },
  }),
);
