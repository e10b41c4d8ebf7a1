import { getOperationAST } from 'graphql';
import type { Client, OperationResult } from '../operations.ts';
import type { Pipeline } from '../pipeline.ts';
import { unknownOperation, type RequestParams } from './request-params.ts';

/**
 * From the text of an operation to its result.
 * @throws GraphQLError for text that is no GraphQL or asks for no operation.
 */
export function runOperation(
  pipeline: Pipeline,
  { query, operationName, variables }: RequestParams,
  client: Client,
): OperationResult | Promise<OperationResult> {
  const document = pipeline.parse(query);
  const operation = getOperationAST(document, operationName);
  if (!operation) throw unknownOperation();
  const errors = pipeline.validate(document);
  if (errors.length > 0) return { errors };
  const run = operation.operation === 'subscription' ? pipeline.subscribe : pipeline.execute;
  return run({
    schema: pipeline.schema,
    document,
    contextValue: pipeline.contextFor(client),
    variableValues: variables,
    operationName,
  });
}
