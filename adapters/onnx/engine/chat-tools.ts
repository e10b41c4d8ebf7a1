import type { ChatMessage, ChatTool } from './protocol.ts';
import { toolCallTags } from './grammar/tool-call-text.ts';

export interface ChatWithTools {
  readonly messages: readonly ChatMessage[];
  /** For the template; none where it has no place for them. */
  readonly tools: readonly ChatTool[];
}

/**
 * A chat whose template may never have heard of tools: then they are declared in the system message, calls stand in the text of the
 * assistant as the model is to write them, and their results come from the user. The wording is that of the Hermes models.
 */
export function chatWithTools(
  messages: readonly ChatMessage[],
  { tools, template }: { readonly tools: readonly ChatTool[]; readonly template: string },
): ChatWithTools {
  if (/\btools\b/.test(template)) return { messages, tools };
  const written = messages.map(writtenOut);
  if (tools.length === 0) return { messages: written, tools: [] };
  const [first, ...rest] = written;
  const declared = declaration(tools);
  const withTools: ChatMessage[] =
    first?.role === 'system'
      ? [{ ...first, content: `${first.content}\n\n${declared}`.trim() }, ...rest]
      : [{ role: 'system', content: declared }, ...written];
  return { messages: withTools, tools: [] };
}

/** A tool as templates and models know it. */
export function toolDeclaration({ name, description, parameters }: ChatTool): object {
  return {
    type: 'function',
    function: { name, ...(description === undefined ? {} : { description }), parameters },
  };
}

function declaration(tools: readonly ChatTool[]): string {
  const list = tools.map((tool) => JSON.stringify(toolDeclaration(tool))).join('\n');
  return (
    `You may call a function to help with the request. The functions are:\n<tools>\n${list}\n</tools>\n` +
    'To call one, answer with its name and arguments as a JSON object within tags:\n' +
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  );
}

function writtenOut(message: ChatMessage): ChatMessage {
  if (message.role === 'tool') {
    return { role: 'user', content: `<tool_response>\n${message.content}\n</tool_response>` };
  }
  if (message.toolCalls === undefined) return message;
  const calls = message.toolCalls.map(
    ({ name, arguments: text }) => `${toolCallTags.begin(name)}${text}${toolCallTags.end}`,
  );
  return {
    role: message.role,
    content: [message.content, ...calls].filter((part) => part !== '').join('\n'),
  };
}
