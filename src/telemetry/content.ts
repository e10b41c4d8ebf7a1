import type { Attributes } from '@opentelemetry/api';
import type { ContentPart, Message, ToolCall } from '../../adapters/contract.ts';
import type { Answer } from '../domain/answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import { genAi } from './semconv.ts';

/** Longest text of one part; what is beyond is cut, so that the JSON around it stays whole. */
const maxTextLength = 8192;

/** The conversation, as JSON text in the form of the GenAI conventions. */
export function contentAttributes({ request, result }: Outcome): Attributes {
  return {
    [genAi.inputMessages]: JSON.stringify(request.messages.map(inputMessage)),
    [genAi.outputMessages]: JSON.stringify([
      result.type === 'completed'
        ? outputMessage(result.generation.answer)
        : { role: 'assistant', parts: [textPart(result.partialText)], finish_reason: 'error' },
    ]),
  };
}

function inputMessage(message: Message): object {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, parts: message.content.map(contentPart) };
    case 'assistant': {
      const calls = message.toolCalls ?? [];
      return { role: 'assistant', parts: [...message.content.map(contentPart), ...calls.map(toolCallPart)] };
    }
    case 'tool': {
      const response = clipped(message.content.map((part) => part.text).join(''));
      return { role: 'tool', parts: [{ type: 'tool_call_response', id: message.toolCallId, response }] };
    }
  }
}

function outputMessage({ text, reasoning, toolCalls, finishReason }: Answer): object {
  const thought = reasoning === undefined ? [] : [{ type: 'reasoning', content: clipped(reasoning) }];
  const said = text === '' ? [] : [textPart(text)];
  return {
    role: 'assistant',
    parts: [...thought, ...said, ...toolCalls.map(toolCallPart)],
    finish_reason: finishReason.raw ?? finishReason.unified,
  };
}

function contentPart(part: ContentPart): object {
  if (part.type === 'text') return textPart(part.text);
  // The bytes of an image would fill the span and tell a reader nothing.
  const uri = part.url.startsWith('data:') ? 'data:' : part.url;
  return { type: 'uri', modality: 'image', uri: clipped(uri) };
}

function textPart(text: string): object {
  return { type: 'text', content: clipped(text) };
}

function toolCallPart({ id, name, arguments: text }: ToolCall): object {
  return { type: 'tool_call', id, name, arguments: clipped(text) };
}

function clipped(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
}
