import { AdapterError } from '../../errors.ts';
import { TemplateError, type ChatTokenizer } from './chat-tokenizer.ts';
import type { EncodedPrompt } from './encoded-prompt.ts';
import type { EngineRequest } from './protocol.ts';

/** How many tokens there may be and which. */
export interface PromptLimits {
  /** Prompt and answer together. */
  readonly contextTokens: number;
  /** Ids from here on are not of the graph. */
  readonly vocabularySize: number;
}

/**
 * A request's prompt in tokens. Throws `AdapterError`: `context-length` where no room is left for an answer, `invalid-request` for
 * messages that the model's template does not take. Throws `TemplateExcess` for a template that computes or makes too much.
 */
export function encodePrompt(
  tokenizer: ChatTokenizer,
  request: EngineRequest,
  { contextTokens, vocabularySize }: PromptLimits,
): EncodedPrompt {
  const prompt = renderPrompt(tokenizer, request);
  if (isFarTooLong(tokenizer, prompt, contextTokens)) throw tooLong(contextTokens);
  const tokens = tokenizer.encode(prompt);
  if (tokens.length >= contextTokens) throw tooLong(contextTokens, tokens.length);
  if (tokens.length === 0) {
    throw new AdapterError('invalid-request', 'the prompt is empty for this model');
  }
  if (tokens.some((token) => token >= vocabularySize)) {
    throw new AdapterError(
      'invalid-request',
      'the prompt holds a control token that this model has not learnt',
    );
  }
  return {
    tokens,
    operatorTokens: request.operatorMessage ? countOperatorTokens(tokenizer, request, tokens) : 0,
  };
}

/**
 * Whether a prompt is certain to have more tokens than the context holds, without counting those of megabytes, which takes seconds.
 * Counted are slices until they have half as much again as the context holds: a cut moves only the tokens beside it.
 */
function isFarTooLong(tokenizer: ChatTokenizer, prompt: string, contextTokens: number): boolean {
  if (prompt.length > contextTokens * tokenizer.longestToken) return true;
  const sliceCharacters = Math.max(4096, 16 * tokenizer.longestToken);
  if (prompt.length < 4 * contextTokens + sliceCharacters) return false;
  let tokens = 0;
  for (let from = 0; from < prompt.length && tokens <= 1.5 * contextTokens; from += sliceCharacters)
    tokens += tokenizer.encode(prompt.slice(from, from + sliceCharacters)).length;
  return tokens > 1.5 * contextTokens;
}

/** The prompt's beginning that it shares with an empty question after the operator's message. */
function countOperatorTokens(
  tokenizer: ChatTokenizer,
  { messages, tools }: EngineRequest,
  tokens: readonly number[],
): number {
  const [message] = messages;
  if (message === undefined) return 0;
  const bare = tokenizer.encode(tokenizer.renderChat([message, { role: 'user', content: '' }], tools));
  const differs = tokens.findIndex((token, index) => token !== bare[index]);
  return differs === -1 ? tokens.length : differs;
}

function renderPrompt(tokenizer: ChatTokenizer, request: EngineRequest): string {
  try {
    return tokenizer.renderChat(request.messages, request.tools);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new AdapterError('invalid-request', error.message, { cause: error });
  }
}

/** At least one token of the context must be left for the answer. */
function tooLong(contextTokens: number, inputTokens?: number): AdapterError {
  const length = inputTokens === undefined ? 'far more' : `${inputTokens} tokens`;
  return new AdapterError(
    'context-length',
    `the prompt has ${length}, but the context holds ${contextTokens} tokens, answer included`,
    { inputTokens, contextTokens },
  );
}
