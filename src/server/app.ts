import { createServer } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Operation, OperationSpan } from '../telemetry/telemetry.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { listen, type Address, type Listening } from './listen.ts';
import { createOperations, type OperationContext } from './operations.ts';
import type { Example } from './graphiql/page.ts';
import { createJsonPosts } from './transport/json-posts.ts';
import type { Readiness } from './use-readiness.ts';
import { serveWebSockets } from './web-socket.ts';

export interface AppOptions<Context extends object> {
  readonly schema: GraphQLSchema;
  /** Makes what resolvers get, once for each operation. */
  readonly createContext: (operation: OperationContext) => Context;
  /** Called at the start of each operation; the span is ended with it. */
  readonly observeOperation: (operation: Operation) => OperationSpan;
  /** Whether the gateway can serve; while it stops it is never ready. */
  readonly readiness: () => Readiness;
  readonly graphiql: boolean;
  /** Tabs of GraphiQL. */
  readonly examples: readonly Example[];
  /** Origins whose pages may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  /** Most time, in milliseconds, that a client takes for what is buffered for it. @default 30000 */
  readonly writeIdleMs?: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** The gateway as a server. */
export interface App {
  /** Answers one request without a socket. */
  fetch(request: Request): Promise<Response>;
  /** @throws ConfigurationError where the address cannot be had. */
  listen(address: Address): Promise<Listening>;
  /** From now on nothing new is taken. Resolves when what is under way has ended, at the latest after `limitMs`. */
  drain(limitMs: number): Promise<void>;
  /** Closes every socket. */
  close(): Promise<void>;
}

export function createApp<Context extends object>(options: AppOptions<Context>): App {
  const { clock } = options;
  const operations = createOperations(options);
  const graphql = createGraphqlServer({ ...options, operations });
  const jsonPosts = createJsonPosts({ ...options, graphql });
  const server = createServer((request, response) => {
    // Nearly all there is. GET, forms, GraphiQL, probes and what is unusual are yoga's.
    if (!jsonPosts.take(request, response)) void graphql.handleNodeRequest(request, response);
  });
  const webSockets = serveWebSockets(server, { ...options, graphql });
  return {
    fetch: async (request) => await graphql.fetch(request),
    listen: (address) => listen(server, address),
    drain: (limitMs) => operations.drain(limitMs),
    async close() {
      webSockets.close();
      await closed(server, clock);
    },
  };
}

/** Time for the last bytes of an answer to leave; a client that does not read them is not waited for. */
const flushMs = 1000;

function closed(server: ReturnType<typeof createServer>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(flushMs, () => server.closeAllConnections());
  // The error says that it was not listening, which is as good as closed.
  server.close(() => {
    cancel();
    resolve();
  });
  server.closeIdleConnections();
  return promise;
}
