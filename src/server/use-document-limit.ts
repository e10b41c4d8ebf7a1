import { GraphQLError, parse, type DocumentNode, type ParseOptions, type Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Most tokens of a document, as GraphQL's lexer counts them: a prompt is one, however long. Introspection has about 300. It bounds how deep
 * a document can be nested and how many generations it can ask for, before anything looks at either.
 */
const maxTokens = 2000;

/** Refuses a document that is longer or deeper than any that a client has a use for. */
export function useDocumentLimit(): Plugin {
  return { onParse: ({ setParseFn }) => setParseFn(parseWithinLimits) };
}

function parseWithinLimits(source: string | Source, options?: ParseOptions): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens });
  } catch (error) {
    // The parser recurses: brackets that open and never close can exhaust the stack before they reach the limit.
    if (!(error instanceof RangeError)) throw error;
    throw new GraphQLError('Syntax Error: The document is nested too deeply.', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { status: 400 } },
    });
  }
}
