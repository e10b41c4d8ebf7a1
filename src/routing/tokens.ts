import type { Message } from '../../adapters/contract.ts';

/** Tokens before anybody has counted them. The adapter counts exactly when the call arrives. */
export interface TokenEstimate {
  readonly min: number;
  readonly expected: number;
  readonly max: number;
}

/**
 * English prose comes to about four characters a token (https://platform.openai.com/tokenizer); code and other scripts take more tokens.
 * A byte-level vocabulary never needs more than a token per byte, which bounds the cost from above.
 */
const charactersPerToken = { most: 8, usual: 4 };

/** Role markers and separators of a chat template, per message. */
const templateTokensPerMessage = 4;

export function estimateMessages(messages: readonly Message[]): TokenEstimate {
  const texts = messages.flatMap((message) =>
    message.content.flatMap((part) => (part.type === 'text' ? part.text : [])),
  );
  const { min, expected, max } = estimateTexts(texts);
  const template = messages.length * templateTokensPerMessage;
  return { min, expected: expected + template, max: max + 2 * template };
}

export function estimateTexts(texts: readonly string[]): TokenEstimate {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return {
    min: Math.ceil(characters / charactersPerToken.most),
    expected: Math.ceil(characters / charactersPerToken.usual),
    max: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  };
}

/** For an answer whose tokens nobody counted. */
export function estimateOutputTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken.usual);
}
