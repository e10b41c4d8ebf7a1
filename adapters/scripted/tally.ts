import type { StreamPart } from '../contract.ts';

/** What an answer has said so far. A part of text or reasoning is a token, and so is a whole tool call. */
export interface Tally {
  readonly text: number;
  readonly reasoning: number;
  readonly toolCalls: number;
}

export const nothingSaid: Tally = { text: 0, reasoning: 0, toolCalls: 0 };

export function counted(tally: Tally, part: StreamPart): Tally {
  switch (part.type) {
    case 'text-delta':
      return { ...tally, text: tally.text + 1 };
    case 'reasoning-delta':
      return { ...tally, reasoning: tally.reasoning + 1 };
    case 'tool-call-delta':
      // The delta with the arguments is the last one of its call.
      return part.argumentsDelta === '' ? tally : { ...tally, toolCalls: tally.toolCalls + 1 };
    case 'response-metadata':
    case 'finish':
      return tally;
  }
}

export function outputTokens({ text, reasoning, toolCalls }: Tally): number {
  return text + reasoning + toolCalls;
}

export function wordCount(texts: readonly string[]): number {
  return texts.flatMap((text) => text.match(/\S+/g) ?? []).length;
}
