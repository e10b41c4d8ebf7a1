import type { Attempt } from '../src/domain/attempt.ts';
import { builder } from './builder.ts';
import { milliseconds, millisecondsOrNull } from './milliseconds.ts';
import { DeploymentRef } from './refs.ts';
import { AttemptProblemRef } from './problem-interface.ts';

const AttemptOutcomeRef = builder.enumType('AttemptOutcome', {
  values: {
    SUCCEEDED: { value: 'succeeded' },
    FAILED: { value: 'failed' },
    CANCELLED: { value: 'cancelled', description: 'The caller left; says nothing about the deployment.' },
  } as const,
});

export const AttemptRef = builder.objectRef<Attempt>('Attempt').implement({
  description: 'One call to one deployment. Retries and fallbacks are attempts side by side.',
  fields: (t) => ({
    deployment: t.expose('deployment', { type: DeploymentRef }),
    outcome: t.expose('outcome', { type: AttemptOutcomeRef }),
    durationMs: t.float({ resolve: ({ durationMs }) => milliseconds(durationMs) }),
    firstTokenMs: t.float({
      nullable: true,
      description: 'Null where no token came.',
      resolve: ({ firstTokenMs }) => millisecondsOrNull(firstTokenMs),
    }),
    queuedMs: t.float({
      nullable: true,
      description: 'Wait in a local queue; null where the deployment has none.',
      resolve: ({ queuedMs }) => millisecondsOrNull(queuedMs),
    }),
    problem: t.expose('problem', {
      type: AttemptProblemRef,
      nullable: true,
      description: 'Null where the attempt succeeded.',
    }),
  }),
});
