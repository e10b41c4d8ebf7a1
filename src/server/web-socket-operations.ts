import type { IncomingMessage } from 'node:http';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Log } from '../platform/log.ts';
import { clientGone } from './client-gone.ts';
import type { GraphqlServer } from './graphql-server.ts';
import { withoutHint, withoutHints } from './http-hint.ts';
import { maskError } from './mask-errors.ts';
import { headersOf } from './node-headers.ts';
import type { Client } from './operations.ts';
import type { Pipeline } from './pipeline.ts';

type SocketContext = Context<undefined, SocketClient>;

/** Who is at the other end of a socket, and what runs for it. */
export class SocketClient {
  readonly #request: IncomingMessage;
  readonly #running = new Map<string, AbortController>();
  #wanted: () => object = () => ({});

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** The client of one operation, by the id that it gave it. */
  begin(id: string, context: SocketContext): Client {
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.#wanted = () => context.subscriptions;
    return {
      headers: headersOf(this.#request),
      signal: controller.signal,
      leave: () => controller.abort(clientGone),
    };
  }

  /** Ends what the client has taken back: graphql-ws tells of that only for streams. */
  sweep(): void {
    const wanted = this.#wanted();
    for (const [id, controller] of this.#running) {
      if (id in wanted) continue;
      this.#running.delete(id);
      controller.abort(clientGone);
    }
  }

  leave(): void {
    for (const controller of this.#running.values()) controller.abort(clientGone);
    this.#running.clear();
  }
}

/** Runs the operations of sockets through the pipeline of those over HTTP. */
export function socketOperations(
  { pipeline }: GraphqlServer,
  log: Log,
): ServerOptions<undefined, SocketClient> {
  return {
    onSubscribe(context, id, payload) {
      const client = context.extra.begin(id, context);
      try {
        return prepare(pipeline, payload, client);
      } catch (error) {
        return [maskError(error, { log })];
      }
    },
    onNext: (...[, , , , result]) => withoutHints(result),
    onError: (...[, , , errors]) => errors.map(withoutHint),
    execute: (args) => pipeline.execute(args),
    subscribe: (args) => pipeline.subscribe(args),
  };
}

/** What is to be executed, or what is wrong with it. */
function prepare(
  pipeline: Pipeline,
  { query, operationName, variables }: SubscribePayload,
  client: Client,
): ExecutionArgs | readonly GraphQLError[] {
  const document = pipeline.parse(query);
  const errors = pipeline.validate(document);
  if (errors.length > 0) return errors;
  return {
    schema: pipeline.schema,
    document,
    contextValue: pipeline.contextFor(client),
    operationName,
    variableValues: variables ?? {},
  };
}
