import type { UnifiedFinishReason } from '../../adapters/contract.ts';
import type { Answer } from '../domain/answer.ts';

export interface CachedAnswer {
  readonly answer: Answer;
  /** Name of the deployment that gave it. */
  readonly deployment: string;
}

/** Only a whole, clean answer is worth giving again: one that a filter cut off says nothing about the next try. */
export function isStorable({ answer }: CachedAnswer): boolean {
  return storable[answer.finishReason.unified];
}

const storable: Readonly<Record<UnifiedFinishReason, boolean>> = {
  stop: true,
  // Where it was cut off is part of the request: the same request is cut off there again.
  length: true,
  'tool-calls': true,
  'content-filter': false,
  other: false,
};
