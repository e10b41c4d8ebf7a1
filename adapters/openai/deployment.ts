import type { AdapterContext } from '../contract.ts';
import type { Client } from './client.ts';
import type { OpenAiOptions } from './options.ts';

/** What every call of one deployment shares. */
export interface Deployment {
  readonly name: string;
  readonly client: Client;
  readonly options: OpenAiOptions;
  readonly context: AdapterContext;
  /** Keys and header values, which no message may hold. */
  readonly secrets: readonly string[];
}
