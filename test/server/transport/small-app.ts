import { ROOT_CONTEXT } from '@opentelemetry/api';
import {
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  type GraphQLResolveInfo,
} from 'graphql';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createLog } from '../../../src/platform/log.ts';
import { createApp, type App, type AppOptions } from '../../../src/server/app.ts';

/** What the two fields do that transports are about. */
export interface Fields {
  /** `{ answer }` */
  readonly answer?: (signal: AbortSignal, info: GraphQLResolveInfo) => string | Promise<string>;
  /** `subscription { events }` */
  readonly events?: (signal: AbortSignal) => AsyncIterable<string>;
}

interface Context {
  readonly signal: AbortSignal;
}

export interface SmallApp {
  readonly app: App;
  /** Errors and worse in the log. */
  readonly errors: () => readonly string[];
}

/** A server of a schema that is no larger than transports need. */
export function createSmallApp(fields: Fields = {}, options: Partial<AppOptions<Context>> = {}): SmallApp {
  const lines: string[] = [];
  const app = createApp<Context>({
    schema: smallSchema(fields),
    createContext: ({ signal }) => ({ signal }),
    observeOperation: () => ({
      scope: { traceId: undefined, spanId: undefined, context: ROOT_CONTEXT },
      end: () => undefined,
    }),
    readiness: () => ({ ready: true }),
    graphiql: false,
    examples: [],
    corsOrigins: [],
    maxBodyBytes: 100_000,
    log: createLog({ level: 'error', destination: { write: (line) => lines.push(line) } }),
    clock: systemClock,
    ...options,
  });
  return { app, errors: () => lines };
}

/** The app on a free port until the test ends; gives its URL without a path. */
export async function originOf(app: App): Promise<string> {
  const { url } = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => await app.close());
  return url.replace('localhost', '127.0.0.1');
}

function smallSchema({ answer = () => 'Hello', events = hello }: Fields): GraphQLSchema {
  const type = new GraphQLNonNull(GraphQLString);
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, Context>({
      name: 'Query',
      fields: {
        answer: { type, resolve: (...[, , { signal }, info]) => answer(signal, info) },
        echo: { type, args: { text: { type } }, resolve: (_source, { text }) => text as string },
        broken: { type, resolve: () => Promise.reject(new Error('password=hunter2')) },
      },
    }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: { set: { type, resolve: () => 'set' } } }),
    subscription: new GraphQLObjectType<string, Context>({
      name: 'Subscription',
      fields: {
        events: {
          type,
          args: { text: { type: GraphQLString } },
          subscribe: (_source, _args, { signal }) => events(signal),
          resolve: (text) => text,
        },
        refused: { type, subscribe: () => Promise.reject(new Error('password=hunter2')) },
      },
    }),
  });
}

async function* hello(): AsyncGenerator<string> {
  yield* ['Hel', 'lo'];
}
