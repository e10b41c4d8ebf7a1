import { getOperationAST } from 'graphql';
import type { Pipeline } from '../graphql-server.ts';
import type { OperationResult } from '../operations.ts';
import { unknownOperation, type RequestParams } from './request-params.ts';

/**
 * From the text of an operation to its result.
 * @throws GraphQLError for text that is no GraphQL or asks for no operation.
 */
export async function runOperation(pipeline: Pipeline, params: RequestParams): Promise<OperationResult> {
  const { operationName, variables } = params;
  const document = pipeline.parse();
  const operation = getOperationAST(document, operationName);
  if (!operation) throw unknownOperation();
  const errors = pipeline.validate(document);
  if (errors.length > 0) return { errors };
  const run = operation.operation === 'subscription' ? pipeline.subscribe : pipeline.execute;
  return await run({
    schema: pipeline.schema,
    document,
    contextValue: await pipeline.context(),
    variableValues: variables,
    operationName,
  });
}
