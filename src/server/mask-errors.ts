import { GraphQLError, type ExecutionResult } from 'graphql';
import { hintOf } from './http-hint.ts';
import type { Log } from '../platform/log.ts';
import type { TraceScope } from '../telemetry/telemetry.ts';

export interface BugReport {
  readonly log: Log;
  readonly scope?: TraceScope;
}

/**
 * What a client may see of an error. Errors of GraphQL itself (syntax, validation, variables) are about the client's own words and
 * pass; every other one is a bug of ours: it goes to the log, and the client learns no more than that.
 */
export function maskError(error: unknown, report: BugReport): GraphQLError {
  if (error instanceof GraphQLError && (isAboutTheRequest(error) || mayBeShown(error))) return error;
  const bug = reportBug(error, report);
  if (!(error instanceof GraphQLError)) return bug;
  return new GraphQLError(bug.message, { nodes: error.nodes, path: error.path, extensions: bug.extensions });
}

/** A result that may be shown: its errors are masked. */
export function maskedResult(result: ExecutionResult, report: BugReport): ExecutionResult {
  if (result.errors === undefined) return result;
  const errors = result.errors.map((error) => maskError(error, report));
  return { ...result, errors: 'data' in result ? errors : errors.map(toldInBody) };
}

/** Without data nothing was executed, for the variables did not fit: that GraphQL tells, whatever the HTTP status is. */
function toldInBody(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, extensions } = error;
  if (!isAboutTheRequest(error) || mayBeShown(error)) return error;
  const http = { status: 400, ...hintOf(error), spec: true };
  return new GraphQLError(message, { nodes, source, positions, extensions: { ...extensions, http } });
}

const bugCode = 'INTERNAL_ERROR';
/** The one error that a resolver words for its client: a subscription has no place for a problem before its first event. */
const refusalCode = 'UNKNOWN_DEPLOYMENT';

/** Logs a bug, and gives the error that stands for it. */
export function reportBug(error: unknown, { log, scope }: BugReport): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error.cause ?? error) : error;
  log.error(
    { err: cause, traceId: scope?.traceId, spanId: scope?.spanId },
    'An error inside the gateway; its client was told no more than that.',
  );
  return new GraphQLError('An error inside the gateway; its log says more.', {
    extensions: { code: bugCode, http: { status: 500 } },
  });
}

/** What fails while an operation is executed has the path of its field; the request was in order then. */
function isAboutTheRequest(error: GraphQLError): boolean {
  return error.path === undefined;
}

/** Yoga masks every result on its way out, those as well that an operation has masked with its trace at hand. */
function mayBeShown(error: GraphQLError): boolean {
  const { code } = error.extensions;
  return code === bugCode || code === refusalCode;
}
