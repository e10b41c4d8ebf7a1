import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accepted } from './accepted.ts';

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly accepted: Accepted;
  /** Headers of the response, whatever it is. */
  readonly cors: Readonly<Record<string, string>>;
}
