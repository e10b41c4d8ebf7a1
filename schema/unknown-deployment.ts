import { GraphQLError } from 'graphql';
import type { UnknownDeployment } from '../src/domain/problem.ts';
import { builder } from './builder.ts';
import { ProblemRef } from './problem-interface.ts';

export const UnknownDeploymentRef = builder.objectRef<UnknownDeployment>('UnknownDeployment').implement({
  description: 'The catalogue has no deployment of this name.',
  interfaces: [ProblemRef],
  fields: (t) => ({
    nearest: t.exposeStringList('nearest', { description: 'Names that may have been meant; may be empty.' }),
  }),
});

/** A stream has no place for a problem before its first event. */
export function refusal({ code, message, nearest }: UnknownDeployment): GraphQLError {
  return new GraphQLError(message, { extensions: { code, nearest } });
}
