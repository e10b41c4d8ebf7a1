import type OpenAI from 'openai';
import type { AdapterContext } from '../contract.ts';
import type { OpenAiOptions } from './options.ts';

/** What every call of one deployment shares. */
export interface Deployment {
  readonly name: string;
  readonly client: OpenAI;
  readonly options: OpenAiOptions;
  readonly context: AdapterContext;
  /** Keys and header values, which no message may hold. */
  readonly secrets: readonly string[];
}
