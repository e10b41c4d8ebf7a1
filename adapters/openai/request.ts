import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ContentPart, Message, ModelCall, Sampling, TextPart } from '../contract.ts';
import type { OpenAiOptions } from './options.ts';

/** Beyond the fields of OpenAI, those that many compatible servers add. */
interface MoreFields {
  readonly top_k?: number;
  readonly min_p?: number;
  readonly repetition_penalty?: number;
}
export type WholeBody = ChatCompletionCreateParamsNonStreaming & MoreFields;
export type StreamBody = ChatCompletionCreateParamsStreaming & MoreFields;

type BodyOptions = Pick<OpenAiOptions, 'model' | 'maxOutputTokensField'>;

/** A call in the words of `POST /chat/completions`, for a stream. */
export function streamBody(call: ModelCall, options: BodyOptions): StreamBody {
  return { ...wholeBody(call, options), stream: true, stream_options: { include_usage: true } };
}

/** The same, for an answer in one piece. */
export function wholeBody(call: ModelCall, options: BodyOptions): WholeBody {
  return {
    model: options.model,
    messages: call.messages.map(messageParam),
    ...samplingFields(call.sampling, options.maxOutputTokensField),
    ...toolFields(call),
    ...responseFormatField(call),
    ...(call.logProbabilities === undefined
      ? {}
      : { logprobs: true, ...(call.logProbabilities === 0 ? {} : { top_logprobs: call.logProbabilities }) }),
  };
}

function messageParam(message: Message): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: textContent(message.content) };
    case 'user':
      return { role: 'user', content: userContent(message.content) };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content.length === 0 ? null : textContent(message.content),
        ...(message.toolCalls === undefined || message.toolCalls.length === 0
          ? {}
          : {
              tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
                id,
                type: 'function' as const,
                function: { name, arguments: text },
              })),
            }),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: textContent(message.content) };
  }
}

/** One text goes as a plain string: every server takes that, a list only most. */
function textContent(parts: readonly TextPart[]): string | { type: 'text'; text: string }[] {
  const [first, ...rest] = parts;
  if (rest.length === 0) return first?.text ?? '';
  return parts.map(({ text }) => ({ type: 'text', text }));
}

function userContent(parts: readonly ContentPart[]): string | ChatCompletionContentPart[] {
  const [first, ...rest] = parts;
  if (first === undefined) return '';
  if (rest.length === 0 && first.type === 'text') return first.text;
  return parts.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : { type: 'image_url', image_url: { url: part.url } },
  );
}

function samplingFields(
  sampling: Sampling,
  maxOutputTokensField: OpenAiOptions['maxOutputTokensField'],
): Partial<WholeBody> {
  return defined({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    stop: sampling.stop === undefined || sampling.stop.length === 0 ? undefined : [...sampling.stop],
    [maxOutputTokensField]: sampling.maxOutputTokens,
    repetition_penalty: sampling.repetitionPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    logit_bias: sampling.logitBias === undefined ? undefined : { ...sampling.logitBias },
  });
}

function toolFields({ tools, toolChoice }: ModelCall): Partial<WholeBody> {
  if (tools === undefined || tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: { ...parameters },
      },
    })),
    ...(toolChoice === undefined
      ? {}
      : {
          tool_choice:
            toolChoice.type === 'tool'
              ? { type: 'function', function: { name: toolChoice.name } }
              : toolChoice.type,
        }),
  };
}

function responseFormatField({ responseFormat }: ModelCall): Partial<WholeBody> {
  switch (responseFormat?.type) {
    case undefined:
    case 'text':
      return {};
    case 'json':
      return { response_format: { type: 'json_object' } };
    case 'json-schema':
      return {
        response_format: {
          type: 'json_schema',
          json_schema: { name: responseFormat.name, schema: { ...responseFormat.schema } },
        },
      };
  }
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  // Dropping the undefined members is exactly what `Defined` says; the compiler does not follow `Object.fromEntries`.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>;
}
