import type { IncomingMessage } from 'node:http';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Log } from '../platform/log.ts';
import { clientGone } from './client-gone.ts';
import type { GraphqlServer, Pipeline } from './graphql-server.ts';
import { withoutHint, withoutHints } from './http-hint.ts';
import { maskError } from './mask-errors.ts';
import { headersOf } from './node-headers.ts';
import type { Client } from './operations.ts';

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
export function socketOperations(graphql: GraphqlServer, log: Log): ServerOptions<undefined, SocketClient> {
  const pipelines = new WeakMap<ExecutionArgs, Pipeline>();
  return {
    async onSubscribe(context, id, payload) {
      const pipeline = graphql.pipeline(payload, context.extra.begin(id, context));
      const prepared = await prepare(pipeline, payload, log);
      if ('document' in prepared) pipelines.set(prepared, pipeline);
      return prepared;
    },
    onNext: (...[, , , , result]) => withoutHints(result),
    onError: (...[, , , errors]) => errors.map(withoutHint),
    execute: async (args) => await pipelineOf(args).execute(args),
    subscribe: async (args) => await pipelineOf(args).subscribe(args),
  };

  function pipelineOf(args: ExecutionArgs): Pipeline {
    const pipeline = pipelines.get(args);
    if (pipeline === undefined) throw new TypeError('An operation came without its pipeline.');
    return pipeline;
  }
}

/** What is to be executed, or what is wrong with it. */
async function prepare(
  pipeline: Pipeline,
  { operationName, variables }: SubscribePayload,
  log: Log,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const document = pipeline.parse();
    const errors = pipeline.validate(document);
    if (errors.length > 0) return errors;
    const contextValue = await pipeline.context();
    return {
      schema: pipeline.schema,
      document,
      contextValue,
      operationName,
      variableValues: variables ?? {},
    };
  } catch (error) {
    return [maskError(error, { log })];
  }
}
