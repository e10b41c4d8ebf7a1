import type { ExecutionResult, GraphQLError } from 'graphql';

/** What stands in front of a result. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How an error asks to be told over HTTP. For the server alone: `jsonOf` leaves it out. */
interface HttpHint {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is well-formed HTTP, and what is wrong with it GraphQL tells: 200 for those who know no other way. */
  readonly spec?: boolean;
}

/**
 * The highest status that an error of the result asks for, else 200. `always200` is for the media types that tell errors of GraphQL in the
 * body alone (https://graphql.github.io/graphql-over-http/draft/#sec-application-json).
 */
export function headOf({ errors }: ExecutionResult, always200: boolean): Head {
  if (errors === undefined) return ok;
  const hints = errors.map(hintOf);
  const statuses = hints.filter(({ spec }) => !(always200 && spec === true)).map(({ status = 0 }) => status);
  return {
    status: Math.max(0, ...statuses) || 200,
    headers: Object.assign({}, ...hints.map(({ headers }) => headers)) as Head['headers'],
  };
}

const ok: Head = { status: 200, headers: {} };

/** The result as clients see it. */
export function jsonOf(result: ExecutionResult): string {
  if (result.errors === undefined) return JSON.stringify(result);
  return JSON.stringify({ ...result, errors: result.errors.map(withoutHint) });
}

function hintOf({ extensions }: GraphQLError): HttpHint {
  const http: unknown = extensions['http'];
  // Only the server's own code puts it there: no extension of an error comes from outside.
  return typeof http === 'object' && http !== null ? http : {};
}

function withoutHint(error: GraphQLError): object {
  const { extensions = {}, ...rest } = error.toJSON();
  const shown = Object.entries(extensions).filter(([name]) => name !== 'http');
  return shown.length === 0 ? rest : { ...rest, extensions: Object.fromEntries(shown) };
}
