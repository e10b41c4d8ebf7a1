import type { Problem } from '../src/domain/problem.ts';
import { AttemptRef } from './attempt.ts';
import { builder } from './builder.ts';
import { ProblemRef } from './problem-interface.ts';
import { RejectionRef } from './rejection.ts';

type ProblemOf<Code extends Problem['code']> = Extract<Problem, { readonly code: Code }>;

const ValidationIssueRef = builder
  .objectRef<ProblemOf<'VALIDATION_FAILED'>['issues'][number]>('ValidationIssue')
  .implement({
    description: 'One thing wrong with an input.',
    fields: (t) => ({
      path: t.exposeString('path', {
        description: 'The field, as in the operation: input.sampling.temperature.',
      }),
      message: t.exposeString('message'),
    }),
  });

export const ValidationProblemRef = builder
  .objectRef<ProblemOf<'VALIDATION_FAILED'>>('ValidationProblem')
  .implement({
    description: 'The input is not valid; nothing was sent to a model.',
    interfaces: [ProblemRef],
    fields: (t) => ({ issues: t.expose('issues', { type: [ValidationIssueRef] }) }),
  });

export const NoDeploymentAvailableRef = builder
  .objectRef<ProblemOf<'NO_DEPLOYMENT_AVAILABLE'>>('NoDeploymentAvailable')
  .implement({
    description: 'No deployment can serve the request within its limits now.',
    interfaces: [ProblemRef],
    fields: (t) => ({ rejected: t.expose('rejected', { type: [RejectionRef] }) }),
  });

export const UpstreamFailedRef = builder.objectRef<ProblemOf<'UPSTREAM_FAILED'>>('UpstreamFailed').implement({
  description: 'Every deployment that was tried failed, or the answer broke off after it had begun.',
  interfaces: [ProblemRef],
  fields: (t) => ({ attempts: t.expose('attempts', { type: [AttemptRef] }) }),
});

export const OverloadedRef = builder.objectRef<ProblemOf<'OVERLOADED'>>('Overloaded').implement({
  description:
    'Every deployment that could answer has as many calls as it can bear. Safe to try again later.',
  interfaces: [ProblemRef],
  fields: (t) => ({
    retryAfterMs: t.exposeInt('retryAfterMs', { description: 'When a place is likely to be free.' }),
  }),
});

export const ContentFilteredRef = builder
  .objectRef<ProblemOf<'CONTENT_FILTERED'>>('ContentFiltered')
  .implement({
    description: 'A content filter refused the prompt or the answer. Other deployments are not tried.',
    interfaces: [ProblemRef],
  });

export const DeadlineExceededRef = builder
  .objectRef<ProblemOf<'DEADLINE_EXCEEDED'>>('DeadlineExceeded')
  .implement({
    description: 'The answer was not whole within timeoutMs or maxLatencyMs.',
    interfaces: [ProblemRef],
  });

export const CancelledRef = builder.objectRef<ProblemOf<'CANCELLED'>>('Cancelled').implement({
  description: 'The caller left.',
  interfaces: [ProblemRef],
});

export const ServerShutdownRef = builder.objectRef<ProblemOf<'SERVER_SHUTDOWN'>>('ServerShutdown').implement({
  description: 'The gateway is going down and could not wait for the answer. Safe to try again.',
  interfaces: [ProblemRef],
});

/** Every problem that a request for an answer may end with, for unions. */
export const requestProblemRefs = [
  ValidationProblemRef,
  NoDeploymentAvailableRef,
  UpstreamFailedRef,
  OverloadedRef,
  ContentFilteredRef,
  DeadlineExceededRef,
  CancelledRef,
  ServerShutdownRef,
] as const;
