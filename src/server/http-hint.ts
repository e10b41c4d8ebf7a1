import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

/** How a result or one of its errors asks to be told over HTTP, in its extensions. For the server alone. */
export interface HttpHint {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is in order as HTTP, and GraphQL tells what is wrong with it: 200 to those who know no other way. */
  readonly spec?: boolean;
}

export function hintOf({ extensions }: Pick<ExecutionResult, 'extensions'>): HttpHint {
  const http: unknown = extensions?.['http'];
  // Only the server's own code puts it there: no extension comes from outside.
  return typeof http === 'object' && http !== null ? http : {};
}

/** A result, as libraries declare it that tell an absent member from an undefined one or do not. */
type Result = { readonly [Member in keyof ExecutionResult]: ExecutionResult[Member] | undefined };

/** The result as clients see it. */
export function withoutHints(result: Result): FormattedExecutionResult {
  const { errors, extensions } = result;
  if (errors === undefined && extensions === undefined) return result as FormattedExecutionResult;
  // In JSON an undefined member is an absent one.
  return {
    ...result,
    errors: errors?.map(withoutHint),
    extensions: extensions && withoutHttp(extensions),
  } as FormattedExecutionResult;
}

function withoutHttp(extensions: object): object | undefined {
  const shown = Object.entries(extensions).filter(([name]) => name !== 'http');
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
}

/** The error as clients see it. */
export function withoutHint(error: GraphQLError): GraphQLFormattedError {
  const { extensions = {}, ...rest } = error.toJSON();
  const shown = withoutHttp(extensions);
  return shown === undefined ? rest : { ...rest, extensions: { ...shown } };
}
