import { GraphQLError, parse, type DocumentNode, type ParseOptions, type Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { operationSizes, type OperationSize } from './document-size.ts';

/**
 * Most tokens of a document, as GraphQL's lexer counts them: a prompt is one, however long. Introspection has about 300. It bounds the time
 * of everything that looks at a document before the other limits have.
 */
const maxTokens = 2000;

/** The most of each that a document is executed with, and what it is called. */
const limits: readonly (readonly [keyof OperationSize, number, string])[] = [
  // Introspection, as GraphiQL asks for it, is 15 deep; nothing else here has a use for 10.
  ['depth', 16, 'levels of fields'],
  // Each, by an alias say, may be a generation. More of them go into requests of their own.
  ['rootFields', 32, 'fields at the top, aliases included'],
  // Introspection asks for some 250.
  ['fields', 1000, 'fields, fragments put in their places'],
  // The deployments of a deployment's model are as far as it makes sense to ask; each further turn multiplies the answer.
  ['recursion', 2, 'fields of one name inside each other'],
  // Some 10 ms of validation. What the types of a union have in common makes a few hundred.
  ['comparisons', 4000, 'pairs of fields or fragments to be merged'],
];

/** Refuses, before it is validated, a document that is larger than any that a client has a use for. */
export function useDocumentLimit(): Plugin {
  return { onParse: ({ setParseFn }) => setParseFn(parseWithinLimits) };
}

/** @throws GraphQLError for text that is no GraphQL or more of it than is read. */
function parseWithinLimits(source: string | Source, options?: ParseOptions): DocumentNode {
  const document = parsed(source, options);
  for (const size of operationSizes(document)) {
    for (const [name, most, what] of limits) {
      if (size[name] > most) throw tooLarge(`The document has ${size[name]} ${what}; the limit is ${most}.`);
    }
  }
  return document;
}

function parsed(source: string | Source, options: ParseOptions | undefined): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens });
  } catch (error) {
    // The parser recurses: brackets that open and never close can exhaust the stack before they reach the limit.
    if (error instanceof RangeError) throw tooLarge('The document is nested too deeply.');
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes(`more than ${maxTokens} tokens`)) {
      throw tooLarge(
        `The document has more than ${maxTokens} tokens, the limit; it is ${lengthOf(source)} characters long.`,
      );
    }
    throw refusal('GRAPHQL_PARSE_FAILED', error.message, error);
  }
}

function tooLarge(message: string): GraphQLError {
  return refusal('DOCUMENT_TOO_LARGE', message);
}

/** Carries all that is told of it: it is remembered with the document, and told over every transport. */
function refusal(
  code: string,
  message: string,
  { source, positions }: Partial<GraphQLError> = {},
): GraphQLError {
  return new GraphQLError(message, {
    source,
    positions,
    extensions: { code, http: { spec: true, status: 400 } },
  });
}

function lengthOf(source: string | Source): number {
  return (typeof source === 'string' ? source : source.body).length;
}
