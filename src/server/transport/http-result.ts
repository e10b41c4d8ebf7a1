import type { ExecutionResult } from 'graphql';
import { hintOf } from '../http-hint.ts';

/** What stands in front of a result. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The highest status that the result or one of its errors asks for, else 200. `always200` is for the media types that tell errors of GraphQL in the
 * body alone (https://graphql.github.io/graphql-over-http/draft/#sec-application-json).
 */
export function headOf(result: ExecutionResult, always200: boolean): Head {
  const { errors = [], extensions } = result;
  if (errors.length === 0 && extensions === undefined) return ok;
  const hints = [result, ...errors].map(hintOf);
  const statuses = hints.filter(({ spec }) => !(always200 && spec === true)).map(({ status = 0 }) => status);
  return {
    status: Math.max(0, ...statuses) || 200,
    headers: Object.assign({}, ...hints.map(({ headers }) => headers)) as Head['headers'],
  };
}

const ok: Head = { status: 200, headers: {} };
