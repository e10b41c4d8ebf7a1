import type { ExecutionResult } from 'graphql';
import { errorBody } from '../error-response.ts';
import type { Accepted } from './accepted.ts';
import { eventStreamHeaders, singleEvent } from './event-stream.ts';
import { withoutHints } from '../http-hint.ts';
import { headOf } from './http-result.ts';
import type { Answer } from './send.ts';

/** One result in the form that the client takes: JSON where it takes that, else the only event of a stream. */
export function answerOf(result: ExecutionResult, { json, events }: Accepted): Answer {
  if (json === undefined && !events) return notAcceptable;
  // These two tell errors of GraphQL in the body alone.
  const { status, headers } = headOf(result, json !== 'application/graphql-response+json');
  if (json === undefined) {
    return { status, headers: { ...eventStreamHeaders, ...headers }, body: singleEvent(result) };
  }
  return {
    status,
    headers: { 'content-type': `${json}; charset=utf-8`, ...headers },
    body: JSON.stringify(withoutHints(result)),
  };
}

/** The client takes no form that the result has; the header says which there are. */
export const notAcceptable: Answer = {
  status: 406,
  headers: {
    accept:
      'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8, text/event-stream',
  },
  body: '',
};

/** To a page of another site. */
export function forbidden(message: string): Answer {
  const body = errorBody({ status: 403, code: 'ORIGIN_NOT_ALLOWED', message });
  return { status: 403, headers: { 'content-type': 'application/json' }, body };
}
