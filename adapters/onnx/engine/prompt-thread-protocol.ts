import type { EncodedPrompt } from './encoded-prompt.ts';
import type { EngineError } from './protocol.ts';

/** What the thread works with, its `workerData`. */
export interface PromptThreadOrder {
  /** The model folder; absolute. */
  readonly directory: string;
  /** Prompt and answer together. */
  readonly contextTokens: number;
  readonly vocabularySize: number;
}

/** The thread says once that it is open or that the folder cannot be used; then, for each `EngineRequest` it gets, one answer. */
export type FromPromptThread =
  | { readonly type: 'opened' }
  | { readonly type: 'load-failed'; readonly problem: string; readonly detail: string }
  | { readonly type: 'encoded'; readonly prompt: EncodedPrompt }
  | { readonly type: 'refused'; readonly error: EngineError }
  | { readonly type: 'excess'; readonly detail: string };
