import { z } from 'zod';
import type {
  FinishReason,
  StreamPart,
  TokenLogProbability,
  TokenUsage,
  UnifiedFinishReason,
} from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createToolCallReader, toolCallDeltaSchema } from './tool-calls.ts';

const textSchema = z.string().nullish();
const tokensSchema = z.int().nonnegative().nullish();

const usageSchema = z.object({
  prompt_tokens: tokensSchema,
  completion_tokens: tokensSchema,
  prompt_tokens_details: z.object({ cached_tokens: tokensSchema }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokensSchema }).nullish(),
});
export type Usage = z.infer<typeof usageSchema>;

const contentSchema = z.object({
  content: textSchema,
  refusal: textSchema,
  /** DeepSeek, vLLM and llama.cpp. */
  reasoning_content: textSchema,
  /** OpenRouter, Groq and Ollama. */
  reasoning: textSchema,
  tool_calls: z.array(toolCallDeltaSchema).nullish(),
});
type Content = z.infer<typeof contentSchema>;

const likelyTokenSchema = z.object({ token: z.string(), logprob: z.number() });
const logprobsSchema = z.object({
  content: z
    .array(likelyTokenSchema.extend({ top_logprobs: z.array(likelyTokenSchema).nullish() }))
    .nullish(),
});

/**
 * One event of a stream, or a whole reply, as OpenAI and its many followers write them: nearly every field may be missing or null.
 * An event has its content in `delta`, a whole reply in `message`.
 */
const replySchema = z.object({
  id: textSchema,
  model: textSchema,
  choices: z
    .array(
      z.object({
        index: z.int().nullish(),
        finish_reason: textSchema,
        delta: contentSchema.nullish(),
        message: contentSchema.nullish(),
        logprobs: logprobsSchema.nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
});
type Reply = z.infer<typeof replySchema>;
type Choice = NonNullable<Reply['choices']>[number];

export interface AnswerReader {
  /** The parts in one event of a stream. Throws `protocol` where it is no such event. */
  read(event: unknown): readonly StreamPart[];
  /** The parts in a reply that is the whole answer. Throws `protocol` where it is none. */
  readWhole(reply: unknown): readonly StreamPart[];
  /** The last part; `undefined` as long as the model has not said why it stopped. */
  finish(): Extract<StreamPart, { type: 'finish' }> | undefined;
}

/** Reads one answer. */
export function createAnswerReader(): AnswerReader {
  const toolCalls = createToolCallReader();
  let begun = false;
  let refused = false;
  let rawReason: string | undefined;
  let usage: Usage | undefined;

  function addContent(parts: StreamPart[], content: Content, choice: Choice): void {
    const reasoning = content.reasoning_content || content.reasoning;
    if (reasoning) parts.push({ type: 'reasoning-delta', text: reasoning });
    if (content.content) parts.push(textDelta(content.content, choice));
    if (content.refusal) {
      refused = true;
      parts.push({ type: 'text-delta', text: content.refusal });
    }
    for (const toolCall of content.tool_calls ?? []) parts.push(...toolCalls.read(toolCall));
  }

  function partsOf(value: unknown, { name, inOnePiece, contentOf }: Form): readonly StreamPart[] {
    const parsed = replySchema.safeParse(value);
    if (!parsed.success) throw unreadable(name, parsed.error);
    const reply = parsed.data;
    const choice = reply.choices?.find(({ index }) => (index ?? 0) === 0);
    rawReason = choice?.finish_reason || rawReason;
    usage = reply.usage ?? usage;
    const parts: StreamPart[] = [];
    if (!begun) parts.push(metadata(reply, inOnePiece));
    begun = true;
    const content = choice === undefined ? undefined : contentOf(choice);
    if (choice !== undefined && content) addContent(parts, content, choice);
    return parts;
  }

  return {
    read: (event) => partsOf(event, eventForm),
    readWhole: (reply) => partsOf(reply, wholeForm),
    finish() {
      if (rawReason === undefined) return undefined;
      const reason = finishReason(rawReason, { refused, calledTools: toolCalls.count() > 0 });
      return { type: 'finish', reason, usage: tokenUsage(usage) };
    },
  };
}

function textDelta(text: string, { logprobs }: Choice): StreamPart {
  const logProbabilities = logprobs?.content?.map(tokenLogProbability);
  return { type: 'text-delta', text, ...(logProbabilities === undefined ? {} : { logProbabilities }) };
}

function tokenLogProbability({
  token,
  logprob,
  top_logprobs: top,
}: NonNullable<z.infer<typeof logprobsSchema>['content']>[number]): TokenLogProbability {
  return {
    text: token,
    logProbability: logprob,
    top: (top ?? []).map((other) => ({ text: other.token, logProbability: other.logprob })),
  };
}

function metadata({ id, model }: Reply, inOnePiece: boolean): StreamPart {
  return {
    type: 'response-metadata',
    ...(id ? { responseId: id } : {}),
    ...(model ? { responseModel: model } : {}),
    ...(inOnePiece ? { inOnePiece } : {}),
  };
}

interface Form {
  readonly name: string;
  readonly inOnePiece: boolean;
  readonly contentOf: (choice: Choice) => Content | null | undefined;
}

const eventForm: Form = {
  name: 'an event of the stream',
  inOnePiece: false,
  contentOf: ({ delta }) => delta,
};
const wholeForm: Form = {
  name: 'the reply',
  inOnePiece: true,
  contentOf: ({ message }) => message && withPlaces(message),
};

/** The calls of a whole message are in order and carry no index. */
function withPlaces(message: Content): Content {
  return {
    ...message,
    tool_calls: message.tool_calls?.map((toolCall, index) => ({ ...toolCall, index })),
  };
}

/** Names the fields, never their values: those are the answer. */
function unreadable(what: string, error: z.ZodError): AdapterError {
  const fields = error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  return new AdapterError('protocol', `${what} cannot be read: ${fields.slice(0, 3).join('; ')}`);
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
