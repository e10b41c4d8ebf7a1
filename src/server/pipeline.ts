import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql';
import type { YogaServerInstance } from 'graphql-yoga';
import type { DocumentCache } from './document-cache.ts';
import type { Client, OperationResult } from './operations.ts';

/** The way of an operation from its text to its result, for transports that yoga does not know. */
export interface Pipeline {
  readonly schema: GraphQLSchema;
  /** @throws GraphQLError for text that is no GraphQL. */
  parse(text: string): DocumentNode;
  validate(document: DocumentNode): readonly GraphQLError[];
  /** The `contextValue` of one operation. */
  contextFor(client: Client): object;
  readonly execute: Run;
  readonly subscribe: Run;
}

type Run = (args: ExecutionArgs) => OperationResult | Promise<OperationResult>;

export interface PipelineOptions {
  readonly schema: GraphQLSchema;
  readonly getEnveloped: YogaServerInstance<object, object>['getEnveloped'];
  /** Where yoga keeps what it has parsed. */
  readonly documents: DocumentCache;
}

/** Yoga's pipeline. What has been found in order once does not pass its plugins again, which takes 5 microseconds. */
export function createPipeline({ schema, getEnveloped, documents }: PipelineOptions): Pipeline {
  // One for all operations: no plugin of ours has to do with the context.
  const { parse, validate, execute, subscribe } = getEnveloped();
  const valid = new WeakSet<DocumentNode>();
  return {
    schema,
    parse: (text) => documents.get(text) ?? parse(text),
    validate(document) {
      if (valid.has(document)) return none;
      const errors = validate(schema, document);
      if (errors.length === 0) valid.add(document);
      return errors;
    },
    contextFor: (client) => ({ client }),
    execute: (args) => execute(args),
    subscribe: (args) => subscribe(args),
  };
}

const none: readonly GraphQLError[] = [];
