import type { ContentPart, Message, ModelCall, Sampling } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { answerForm } from './answer-form.ts';
import type { ChatMessage, EngineRequest, EngineSampling } from './engine/protocol.ts';

export interface EngineRequestDefaults {
  /** Of calls that do not say; `undefined` is as many as the context holds. */
  readonly maxOutputTokens: number | undefined;
  /** Of calls that have none; `undefined` adds nothing. */
  readonly systemMessage: string | undefined;
  /** Uniform in [0, 1); gives the seed of a call that has none. */
  readonly random: () => number;
}

/** The call in the words of the engine. Throws `AdapterError('unsupported')` for what a text model cannot do. */
export function toEngineRequest(call: ModelCall, defaults: EngineRequestDefaults): EngineRequest {
  return {
    ...withSystemMessage(call.messages.map(toChatMessage), defaults.systemMessage),
    sampling: toEngineSampling(call.sampling, defaults),
    logProbabilities: call.logProbabilities,
    ...answerForm(call),
    tenant: call.tenant ?? '',
    priority: call.priority ?? 'interactive',
  };
}

function withSystemMessage(
  messages: ChatMessage[],
  content: string | undefined,
): Pick<EngineRequest, 'messages' | 'operatorMessage'> {
  const hasOne = messages.some((message) => message.role === 'system');
  return content === undefined || hasOne
    ? { messages, operatorMessage: false }
    : { messages: [{ role: 'system', content }, ...messages], operatorMessage: true };
}

function toChatMessage(message: Message): ChatMessage {
  const content = message.content.map(textOf).join('');
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content };
    case 'assistant':
      return message.toolCalls === undefined
        ? { role: 'assistant', content }
        : { role: 'assistant', content, toolCalls: message.toolCalls.map((toolCall) => ({ ...toolCall })) };
    case 'tool':
      return { role: 'tool', content, toolCallId: message.toolCallId };
  }
}

function textOf(part: ContentPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      throw unsupported('images');
  }
}

function toEngineSampling(sampling: Sampling, defaults: EngineRequestDefaults): EngineSampling {
  return {
    ...sampling,
    seed: sampling.seed ?? Math.floor(defaults.random() * 2 ** 32),
    stop: [...(sampling.stop ?? [])],
    maxOutputTokens: sampling.maxOutputTokens ?? defaults.maxOutputTokens,
    logitBias: sampling.logitBias === undefined ? undefined : { ...sampling.logitBias },
  };
}

function unsupported(what: string): AdapterError {
  return new AdapterError('unsupported', `the local text model does not take ${what}`);
}
