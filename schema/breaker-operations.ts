import type { BreakerEvent } from '../src/gateway/breakers.ts';
import { BreakerStateRef } from './breaker.ts';
import { builder } from './builder.ts';
import { ValidationProblemRef } from './problem.ts';
import { DeploymentRef } from './refs.ts';
import { refusal, UnknownDeploymentRef } from './unknown-deployment.ts';

const ResetBreakerResultRef = builder.unionType('ResetBreakerResult', {
  types: [DeploymentRef, UnknownDeploymentRef],
  resolveType: (value) => ('code' in value ? 'UnknownDeployment' : 'Deployment'),
});

const HoldOpenResultRef = builder.unionType('HoldOpenResult', {
  types: [DeploymentRef, UnknownDeploymentRef, ValidationProblemRef],
  resolveType(value) {
    if (!('code' in value)) return 'Deployment';
    return value.code === 'UNKNOWN_DEPLOYMENT' ? 'UnknownDeployment' : 'ValidationProblem';
  },
});

builder.mutationFields((t) => ({
  resetBreaker: t.field({
    type: ResetBreakerResultRef,
    description:
      'Closes the breaker of a deployment for all calls at once, held open or not, and ends its cooldown.',
    args: { deployment: t.arg.id({ required: true }) },
    resolve: (_root, { deployment }, { breakers }) => breakers.reset(deployment),
  }),
  holdOpen: t.field({
    type: HoldOpenResultRef,
    description: 'Keeps every call away from a deployment until resetBreaker; calls under way go on.',
    args: {
      deployment: t.arg.id({ required: true }),
      forMs: t.arg.int({ description: 'Until probes may go, in milliseconds. Default: until resetBreaker.' }),
      reason: t.arg.string({ description: 'For other operators; at most 200 characters.' }),
    },
    resolve: (_root, { deployment, forMs, reason }, { breakers }) =>
      breakers.holdOpen(deployment, { forMs: forMs ?? undefined, reason: reason ?? undefined }),
  }),
}));

const BreakerChangeRef = builder.objectRef<BreakerEvent>('BreakerChange').implement({
  description: 'A breaker went from one state to another.',
  fields: (t) => ({
    deployment: t.expose('deployment', { type: DeploymentRef }),
    from: t.expose('from', { type: BreakerStateRef }),
    to: t.expose('to', {
      type: BreakerStateRef,
      description: 'OPEN from OPEN where an operator begins to hold it.',
    }),
    reason: t.exposeString('reason', { description: 'For people.' }),
    at: t.field({ type: 'DateTime', resolve: ({ atMs }) => new Date(atMs) }),
  }),
});

builder.subscriptionField('breakerChanged', (t) =>
  t.field({
    type: BreakerChangeRef,
    description:
      'Every change of a breaker from now on, of one deployment or of all. A reader who falls behind loses the oldest; ends when the gateway stops.',
    args: { deployment: t.arg.id() },
    subscribe(_root, { deployment }, { breakers, caller }) {
      const changes = breakers.changes(deployment ?? undefined, caller.signal);
      if ('code' in changes) throw refusal(changes);
      return changes;
    },
    resolve: (event) => event,
  }),
);
