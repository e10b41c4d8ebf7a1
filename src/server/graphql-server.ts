import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Log } from '../platform/log.ts';
import { corsOptions } from './cors.ts';
import { createDocumentCache } from './document-cache.ts';
import { maskError } from './mask-errors.ts';
import type { Operations } from './operations.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { createGraphiql } from './graphiql/graphiql.ts';
import type { Example } from './graphiql/page.ts';
import { useDocumentLimit } from './use-document-limit.ts';
import { useGraphiql } from './use-graphiql.ts';
import { useReadiness, type Readiness } from './use-readiness.ts';
import { useJsonOnly } from './use-json-only.ts';
import { useOperations } from './use-operations.ts';
import { useOriginGuard } from './use-origin-guard.ts';

export const graphqlPath = '/graphql';

/** Where clients of graphql-sse look by habit; the same is served there. */
export const graphqlSsePath = `${graphqlPath}/stream`;

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly operations: Operations;
  readonly readiness: () => Readiness;
  readonly graphiql: boolean;
  readonly examples: readonly Example[];
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** GraphQL over HTTP: JSON, and SSE as graphql-sse's distinct mode has it. */
export interface GraphqlServer {
  fetch(request: Request): Response | Promise<Response>;
  handleNodeRequest(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  /** The same for transports that yoga does not know. */
  readonly pipeline: Pipeline;
}

export function createGraphqlServer(options: GraphqlServerOptions): GraphqlServer {
  const { schema, operations, log } = options;
  const caches = createDocumentCache();
  const yoga = createYoga({
    schema,
    graphqlEndpoint: `${graphqlPath}(/stream|/?)`,
    plugins: plugins(options),
    cors: corsOptions(options.corsOrigins),
    parserAndValidationCache: caches,
    maxRequestBodySize: options.maxBodyBytes,
    maskedErrors: { maskError: (error) => maskError(error, { log }) },
    // Each error is logged where it is masked; what yoga says beside it is about clients that left.
    logging: false,
    // Served by `useGraphiql`; bodies of forms are refused.
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: '/livez',
    multipart: false,
  });
  return {
    fetch: (request) => yoga.fetch(request),
    handleNodeRequest: (request, response) => yoga(request, response),
    pipeline: createPipeline({ schema, getEnveloped: yoga.getEnveloped, documents: caches.documentCache }),
  };

  /** In the order they see a request. */
  function plugins({ corsOrigins, readiness, graphiql, examples }: GraphqlServerOptions): Plugin[] {
    return [
      // Before anything answers: a page of another site must not spend the gateway's money.
      useOriginGuard(corsOrigins),
      // Probes ask often, and need nothing below.
      useReadiness(() =>
        operations.draining() ? { ready: false, reason: 'the gateway is shutting down' } : readiness(),
      ),
      // Before GraphQL's own GET, which a browser's visit would be taken for.
      ...(graphiql ? [useGraphiql(createGraphiql({ examples, endpoint: graphqlPath }))] : []),
      // Yoga reads forms as well, which pages of other sites can send without asking.
      useJsonOnly(),
      // Before a document is read; what has been read once is not parsed again.
      useDocumentLimit(),
      // Last, so that it wraps what the others have made of execution.
      useOperations(operations),
    ];
  }
}
