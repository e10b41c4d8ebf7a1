import { attemptProblemCodes, type AttemptProblem } from '../src/domain/attempt.ts';
import type { ProblemCode } from '../src/domain/problem.ts';
import { builder } from './builder.ts';

const requestCodes: readonly ProblemCode[] = [
  'VALIDATION_FAILED',
  'NO_DEPLOYMENT_AVAILABLE',
  'UPSTREAM_FAILED',
  'CONTENT_FILTERED',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'SERVER_SHUTDOWN',
];

const ProblemCodeRef = builder.enumType('ProblemCode', {
  description: 'What kind of problem it is. Stable: programs may decide by it.',
  values: [...new Set([...requestCodes, ...attemptProblemCodes])],
});

export const ProblemRef = builder
  .interfaceRef<{ readonly code: ProblemCode; readonly message: string }>('Problem')
  .implement({
    description: 'Why something asked for did not happen. Problems are answers: nothing is thrown.',
    fields: (t) => ({
      code: t.expose('code', { type: ProblemCodeRef }),
      message: t.exposeString('message', { description: 'What went wrong and what to do, for people.' }),
    }),
  });

export const AttemptProblemRef = builder.objectRef<AttemptProblem>('AttemptProblem').implement({
  description: 'Why one attempt failed.',
  interfaces: [ProblemRef],
});
