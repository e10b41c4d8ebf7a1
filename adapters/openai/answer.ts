import { z } from 'zod';
import type { FinishReason, StreamPart, TokenUsage, UnifiedFinishReason } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createToolCallReader, toolCallDeltaSchema } from './tool-calls.ts';

const textSchema = z.string().nullish();
const tokensSchema = z.int().nonnegative().nullish();

const usageSchema = z.looseObject({
  prompt_tokens: tokensSchema,
  completion_tokens: tokensSchema,
  prompt_tokens_details: z.looseObject({ cached_tokens: tokensSchema }).nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: tokensSchema }).nullish(),
});
export type Usage = z.infer<typeof usageSchema>;

/** One event of a stream, as OpenAI and its many followers write it: nearly every field may be missing or null. */
const chunkSchema = z.looseObject({
  id: textSchema,
  model: textSchema,
  choices: z
    .array(
      z.looseObject({
        index: z.int().nullish(),
        finish_reason: textSchema,
        delta: z
          .looseObject({
            content: textSchema,
            refusal: textSchema,
            /** DeepSeek, vLLM and llama.cpp. */
            reasoning_content: textSchema,
            /** OpenRouter, Groq and Ollama. */
            reasoning: textSchema,
            tool_calls: z.array(toolCallDeltaSchema).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
});
type Chunk = z.infer<typeof chunkSchema>;
type Delta = NonNullable<NonNullable<NonNullable<Chunk['choices']>[number]>['delta']>;

export interface AnswerReader {
  /** The parts in one event of the stream. Throws `protocol` where it is no such event. */
  read(event: unknown): readonly StreamPart[];
  /** The last part; `undefined` as long as the model has not said why it stopped. */
  finish(): Extract<StreamPart, { type: 'finish' }> | undefined;
}

/** Reads the events of one answer. */
export function createAnswerReader(): AnswerReader {
  const toolCalls = createToolCallReader();
  let begun = false;
  let refused = false;
  let rawReason: string | undefined;
  let usage: Usage | undefined;

  function metadata({ id, model }: Chunk): readonly StreamPart[] {
    if (begun) return [];
    begun = true;
    return [
      {
        type: 'response-metadata',
        ...(id ? { responseId: id } : {}),
        ...(model ? { responseModel: model } : {}),
      },
    ];
  }

  function content(delta: Delta): readonly StreamPart[] {
    const reasoning = delta.reasoning_content || delta.reasoning;
    if (delta.refusal) refused = true;
    return [
      ...(reasoning ? [{ type: 'reasoning-delta', text: reasoning } as const] : []),
      ...[delta.content, delta.refusal].flatMap((text) =>
        text ? [{ type: 'text-delta', text } as const] : [],
      ),
      ...(delta.tool_calls ?? []).flatMap((toolCall) => toolCalls.read(toolCall)),
    ];
  }

  return {
    read(event) {
      const parsed = chunkSchema.safeParse(event);
      if (!parsed.success) throw unreadable(parsed.error);
      const chunk = parsed.data;
      const choice = chunk.choices?.find(({ index }) => (index ?? 0) === 0);
      rawReason = choice?.finish_reason || rawReason;
      usage = chunk.usage ?? usage;
      return [...metadata(chunk), ...(choice?.delta ? content(choice.delta) : [])];
    },
    finish() {
      if (rawReason === undefined) return undefined;
      const reason = finishReason(rawReason, { refused, calledTools: toolCalls.count() > 0 });
      return { type: 'finish', reason, usage: tokenUsage(usage) };
    },
  };
}

/** Names the fields, never their values: those are the answer. */
function unreadable(error: z.ZodError): AdapterError {
  const fields = error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  return new AdapterError(
    'protocol',
    `an event of the stream cannot be read: ${fields.slice(0, 3).join('; ')}`,
  );
}

export function finishReason(
  raw: string,
  { refused, calledTools }: { readonly refused: boolean; readonly calledTools: boolean },
): FinishReason {
  const unified = unifiedReasons.get(raw) ?? 'other';
  if (unified !== 'stop') return { unified, raw };
  if (refused) return { unified: 'content-filter', raw: 'refusal' };
  // OpenAI says `stop` after a tool call that the request named; others say it after every tool call.
  return { unified: calledTools ? 'tool-calls' : 'stop', raw };
}

const unifiedReasons: ReadonlyMap<string, UnifiedFinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
]);

export function tokenUsage(usage: Usage | undefined): TokenUsage {
  return {
    inputTokens: usage?.prompt_tokens ?? undefined,
    outputTokens: usage?.completion_tokens ?? undefined,
    cachedInputTokens: usage?.prompt_tokens_details?.cached_tokens ?? undefined,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? undefined,
  };
}
