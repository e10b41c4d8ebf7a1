import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { clientGone } from '../client-gone.ts';
import { corsHeaders } from '../cors.ts';
import { graphqlPath, graphqlSsePath, type GraphqlServer } from '../graphql-server.ts';
import { maskError } from '../mask-errors.ts';
import { headersOf } from '../node-headers.ts';
import type { Client, OperationResult } from '../operations.ts';
import { refusalOfOrigin } from '../origin.ts';
import { acceptedBy, type Accepted } from './accepted.ts';
import { answerOf, forbidden, notAcceptable } from './answer-of.ts';
import { createDepartures } from './departures.ts';
import { sendEvents } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';
import { readParams } from './request-params.ts';
import { runOperation } from './run-operation.ts';
import { send, sendEarly } from './send.ts';
import { createWriteLimit } from './write-limit.ts';

export interface JsonPostsOptions {
  readonly graphql: GraphqlServer;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  /** Most time, in milliseconds, that a client takes for what is buffered for it. @default 30000 */
  readonly writeIdleMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** GraphQL over HTTP as nearly every client speaks it, answered without the objects of `fetch` in between. */
export interface JsonPosts {
  /** Takes a POST of JSON and answers it. `false`: it is not touched, and for yoga, which answers alike. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
}

export function createJsonPosts(options: JsonPostsOptions): JsonPosts {
  const { graphql, corsOrigins, maxBodyBytes, writeIdleMs = 30_000, clock, log } = options;
  const watchDeparture = createDepartures();
  const corsOf = corsHeaders(corsOrigins);
  const limit = createWriteLimit({ clock, writeIdleMs });

  return {
    take(request, response) {
      const accepted = takenForms(request);
      if (accepted === undefined) return false;
      const exchange = { request, response, accepted, cors: corsOf(request.headers.origin) };
      answer(exchange).catch((error: unknown) => {
        log.error({ err: error }, 'An answer could not be written.');
        response.destroy();
      });
      return true;
    },
  };

  async function answer(exchange: Exchange): Promise<void> {
    const { request, accepted } = exchange;
    const headers = headersOf(request);
    const refusal = refusalOfOrigin(headers, corsOrigins);
    if (refusal !== undefined) return send(exchange, forbidden(refusal), limit);

    const leaving = new AbortController();
    const leave = (): void => leaving.abort(clientGone);
    const stay = watchDeparture(request.socket, leave);
    try {
      const body = await readBody(request, maxBodyBytes);
      if (body.type === 'broken-off') return;
      if (body.type === 'too-large') return sendEarly(exchange, answerOf(bodyTooLarge, accepted), clock);
      const client = { headers, signal: leaving.signal, leave };
      const result = await resultOf(body.text, client);
      if (Symbol.asyncIterator in result) return await stream(exchange, result, leaving.signal);
      if (!leaving.signal.aborted) send(exchange, answerOf(result, accepted), limit);
    } finally {
      stay();
    }
  }

  async function resultOf(body: string, client: Client): Promise<OperationResult> {
    try {
      return await runOperation(graphql.pipeline, readParams(body), client);
    } catch (error) {
      return client.signal.aborted ? {} : failed(error);
    }
  }

  async function stream(
    exchange: Exchange,
    results: AsyncIterable<ExecutionResult>,
    signal: AbortSignal,
  ): Promise<void> {
    if (exchange.accepted.events)
      return await sendEvents(exchange, { results, signal, failed, limit, clock });
    await results[Symbol.asyncIterator]().return?.();
    send(exchange, notAcceptable, limit);
  }

  function failed(error: unknown): ExecutionResult {
    return { errors: [maskError(error, { log })] };
  }
}

/** The forms that the answer may have, or `undefined` for a request that is not taken. */
function takenForms({ method, url, headers }: IncomingMessage): Accepted | undefined {
  if (method !== 'POST' || !isOurs(url) || !isJson(headers['content-type'])) return undefined;
  if (headers['content-encoding'] !== undefined) return undefined;
  const accepted = acceptedBy(headers.accept);
  // Parts are written by yoga alone.
  return accepted.json === undefined && accepted.multipart ? undefined : accepted;
}

function isOurs(url = ''): boolean {
  return url === graphqlPath || url === graphqlSsePath || url.startsWith(`${graphqlPath}?`);
}

function isJson(contentType = ''): boolean {
  return contentType === 'application/json' || /^application\/json;\s*charset=utf-8$/i.test(contentType);
}

const bodyTooLarge: ExecutionResult = {
  errors: [
    new GraphQLError('Request body too large', {
      extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
    }),
  ],
};
