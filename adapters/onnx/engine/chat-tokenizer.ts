import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { LoadFailure } from '../load-failure.ts';
import { createControlTokens, type ControlTokens } from './control-tokens.ts';
import { chatWithTools, toolDeclaration } from './chat-tools.ts';
import type { Vocabulary } from './grammar/vocabulary.ts';
import type { ChatMessage, ChatTool } from './protocol.ts';

/** A model's tokenizer and chat template. */
export interface ChatTokenizer {
  /**
   * The prompt of a chat for `encode`, up to where the answer begins. Control tokens that stand in a message are only text there.
   * Throws `TemplateError` for a chat the template refuses.
   */
  renderChat(messages: readonly ChatMessage[], tools?: readonly ChatTool[]): string;
  encode(prompt: string): number[];
  /** Text of the tokens, without control tokens. */
  decode(tokens: number[]): string;
  /** The texts of the tokens as the tokenizer writes them, by id, and how it writes them. */
  vocabulary(): Pick<Vocabulary, 'tokens' | 'type'>;
  /** Most characters a token stands for. */
  readonly longestToken: number;
}

/** The chat is not one the model's template takes, such as two user messages in a row. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Reads `tokenizer.json` and `tokenizer_config.json` of a model folder, given by its absolute path. Never goes online. */
export async function openChatTokenizer(directory: string): Promise<ChatTokenizer> {
  const tokenizer = await readTokenizer(directory);
  if (tokenizer.chat_template === null) {
    throw new LoadFailure(
      'The model has no chat template: it is a base model. Use its chat or instruct version, or add a chat_template to tokenizer_config.json.',
    );
  }
  const control = createControlTokens(tokenizer.all_special_tokens);
  return {
    renderChat: (messages, tools = []) => {
      const written = chatWithTools(messages, { tools, template: templateText(tokenizer) });
      return renderChat(
        tokenizer,
        written.messages.map((message) => templateMessage(message, control)),
        written.tools,
      );
    },
    vocabulary: () => vocabularyOf(tokenizer),
    encode: (prompt) =>
      control.pieces(prompt).flatMap((piece) => tokenizer.encode(piece, { add_special_tokens: false })),
    longestToken: longestToken(tokenizer),
    decode: (tokens) =>
      tokenizer.decode(tokens, { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
  };
}

async function readTokenizer(directory: string): Promise<PreTrainedTokenizer> {
  const { AutoTokenizer, LogLevel, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.logLevel = LogLevel.NONE;
  try {
    return await AutoTokenizer.from_pretrained(directory, { local_files_only: true });
  } catch (cause) {
    throw new LoadFailure(
      'The tokenizer cannot be loaded: tokenizer.json or tokenizer_config.json is missing, damaged or of an unknown kind. ' +
        'Remove the model folder so that it is fetched again.',
      { cause },
    );
  }
}

function vocabularyOf(tokenizer: PreTrainedTokenizer): Pick<Vocabulary, 'tokens' | 'type'> {
  const tokens: string[] = [];
  let marked = false;
  let bytes = false;
  for (const [text, token] of tokenizer.get_vocab()) {
    tokens[token] = text;
    if (text === '<0x0A>') bytes = true;
    if (text.startsWith('Ġ')) marked = true;
  }
  const filled = Array.from(tokens, (text: string | undefined) => text ?? '');
  if (bytes) return { tokens: filled, type: 'byte_fallback' };
  return { tokens: filled, type: marked ? 'byte_level' : 'raw' };
}

/** The template as it stands; a tokenizer may have several under names. */
function templateText({ chat_template: template }: PreTrainedTokenizer): string {
  return typeof template === 'string' ? template : JSON.stringify(template ?? '');
}

function renderChat(
  tokenizer: PreTrainedTokenizer,
  messages: TemplateMessage[],
  tools: readonly ChatTool[],
): string {
  try {
    return tokenizer.apply_chat_template(messages, {
      add_generation_prompt: true,
      tokenize: false,
      ...(tools.length === 0 ? {} : { tools: tools.map(toolDeclaration) }),
    });
  } catch (cause) {
    throw new TemplateError("the model's chat template refuses these messages", { cause });
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

function longestToken(tokenizer: PreTrainedTokenizer): number {
  let longest = 1;
  for (const token of tokenizer.get_vocab().keys()) longest = Math.max(longest, token.length);
  return longest;
}
