import { LoadFailure } from '../load-failure.ts';
import { controlTokensOf, longestTokenOf, readTokenizerFiles } from '../tokenizer-files.ts';
import { compileChatTemplate, TemplateExcess, type ChatTemplate } from './chat-template.ts';
import { createControlTokens, type ControlTokens } from './control-tokens.ts';
import { chatWithTools, toolDeclaration } from './chat-tools.ts';
import type { ChatMessage, ChatTool } from './protocol.ts';

/** A model's tokenizer and chat template. */
export interface ChatTokenizer {
  /**
   * The prompt of a chat for `encode`, up to where the answer begins. Control tokens that stand in a message are only text there.
   * Throws `TemplateError` for a chat the template refuses, `TemplateExcess` for a template that computes or makes too much.
   */
  renderChat(messages: readonly ChatMessage[], tools?: readonly ChatTool[]): string;
  encode(prompt: string): number[];
  /** Text of the tokens, without control tokens. */
  decode(tokens: number[]): string;
  /** Most characters a token stands for. */
  readonly longestToken: number;
}

/** The chat is not one the model's template takes, such as two user messages in a row. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * Reads the tokenizer and the chat template of a model folder, given by its absolute path. Both are strangers' programs: without a limit
 * on their time they belong into a thread that can be ended (see `prompt-encoder.ts`).
 */
export async function openChatTokenizer(directory: string): Promise<ChatTokenizer> {
  const { tokenizer, chatTemplate, specialTokens } = await readTokenizerFiles(directory);
  const template = compile(chatTemplate);
  const control = createControlTokens(controlTokensOf(tokenizer));
  return {
    renderChat(given, givenTools = []) {
      const { messages, tools } = chatWithTools(given, { tools: givenTools, template: chatTemplate ?? '' });
      try {
        return template.render({
          ...specialTokens,
          messages: messages.map((message) => templateMessage(message, control)),
          add_generation_prompt: true,
          tools: tools.length === 0 ? null : tools.map(toolDeclaration),
          documents: null,
        });
      } catch (cause) {
        if (cause instanceof TemplateExcess) throw cause;
        throw new TemplateError("the model's chat template refuses these messages", { cause });
      }
    },
    encode: (prompt) =>
      control.pieces(prompt).flatMap((piece) => tokenizer.encode(piece, { add_special_tokens: false }).ids),
    decode: (tokens) =>
      tokenizer.decode(tokens, { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    longestToken: longestTokenOf(tokenizer),
  };
}

function compile(chatTemplate: string | undefined): ChatTemplate {
  if (chatTemplate === undefined) {
    throw new LoadFailure(
      'The model has no chat template: it is a base model. Use its chat or instruct version, or add a chat_template to tokenizer_config.json.',
    );
  }
  try {
    return compileChatTemplate(chatTemplate);
  } catch (cause) {
    throw new LoadFailure(
      'The chat template of the model cannot be read: it is damaged or uses words that this gateway does not know. Use another version of the model.',
      { cause },
    );
  }
}

/** The names chat templates know. */
interface TemplateMessage {
  readonly role: string;
  readonly content: string;
}

function templateMessage(message: ChatMessage, { disarm }: ControlTokens): TemplateMessage {
  return {
    role: message.role,
    content: disarm(message.content),
    ...(message.toolCallId === undefined ? {} : { tool_call_id: disarm(message.toolCallId) }),
    ...(message.toolCalls === undefined
      ? {}
      : {
          tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
            id: disarm(id),
            type: 'function',
            function: { name: disarm(name), arguments: disarm(text) },
          })),
        }),
  };
}
