import { GraphQLError } from 'graphql';

/** One operation as a body asks for it. */
export interface RequestParams {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/**
 * Reads the body of a POST (https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters), with the words of yoga for what is
 * wrong with it.
 * @throws GraphQLError that tells its HTTP status.
 */
export function readParams(body: string): RequestParams {
  const members = membersOf(parsed(body));
  for (const [name, value] of Object.entries(members)) {
    if (known.has(name) || value === null) continue;
    throw badRequest(`Unexpected parameter "${name}" in the request body.`);
  }
  const { query, variables, operationName, extensions } = members;
  if (query === undefined || query === null) {
    throw badRequest('Must provide query string.', { spec: true, headers: allow });
  }
  if (typeof query !== 'string') throw wrongType('query', 'a string', query);
  if (!isTextOrNothing(operationName)) throw unknownOperation();
  if (!isMapOrNothing(extensions)) throw wrongType('extensions', 'empty or an object', extensions);
  if (!isMapOrNothing(variables)) throw wrongType('variables', 'empty or an object', variables);
  return { query, variables: variables ?? {}, operationName: operationName ?? undefined };
}

/** No operation of the document is meant. */
export function unknownOperation(): GraphQLError {
  return new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  });
}

const known = new Set(['query', 'variables', 'operationName', 'extensions']);
const allow = { Allow: 'GET, POST' };

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('POST body sent invalid JSON.');
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (Array.isArray(value)) throw badRequest('Batching is not supported.');
  if (isMap(value)) return value;
  throw badRequest(`POST body is expected to be object but received ${typeName(value)}`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMapOrNothing(value: unknown): value is Readonly<Record<string, unknown>> | null | undefined {
  return value === undefined || value === null || isMap(value);
}

function isTextOrNothing(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

function wrongType(name: string, wanted: string, given: unknown): GraphQLError {
  return badRequest(`Expected "${name}" param to be ${wanted}, but given ${typeName(given)}.`, {
    headers: allow,
  });
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** `spec`: a client that knows only `application/json` reads of it in an answer with status 200. */
function badRequest(
  message: string,
  http: { readonly spec?: boolean; readonly headers?: Readonly<Record<string, string>> } = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400, ...http } } });
}
