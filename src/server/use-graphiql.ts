import type { Plugin } from 'graphql-yoga';
import type { Graphiql } from './graphiql/graphiql.ts';

/** Serves GraphiQL and its assets. */
export function useGraphiql(graphiql: Graphiql): Plugin {
  return {
    async onRequest(event) {
      const response = await graphiql.respond(event.request);
      if (response !== undefined) event.endResponse(response);
    },
  };
}
