import type { Candidate, LatencyEstimate, Plan, ScoreTerm } from '../src/domain/plan.ts';
import { builder } from './builder.ts';
import { GenerateInputRef } from './generate-input.ts';
import { CostRangeRef } from './money.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { DeploymentRef } from './refs.ts';
import { RejectionRef } from './rejection.ts';

const ScoreTermRef = builder.objectRef<ScoreTerm>('ScoreTerm').implement({
  description: 'One addend of a score; a score is the sum of its terms.',
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeFloat('value') }),
});

const LatencyEstimateRef = builder.objectRef<LatencyEstimate>('LatencyEstimate').implement({
  fields: (t) => ({ firstTokenMs: t.exposeFloat('firstTokenMs'), totalMs: t.exposeFloat('totalMs') }),
});

const CandidateRef = builder.objectRef<Candidate>('Candidate').implement({
  description: 'A deployment that can serve the request within its limits.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { description: 'From 1, best first.' }),
    score: t.exposeFloat('score', { description: '0 to 1, comparable only within this plan.' }),
    deployment: t.expose('deployment', { type: DeploymentRef }),
    terms: t.expose('terms', { type: [ScoreTermRef] }),
    cost: t.expose('cost', { type: CostRangeRef }),
    latency: t.expose('latency', { type: LatencyEstimateRef }),
    quality: t.exposeFloat('quality'),
  }),
});

export const PlanRef = builder.objectRef<Plan>('Plan').implement({
  description: 'Which deployments can serve a request, best first, and why the others cannot.',
  fields: (t) => ({
    policy: t.exposeString('policy'),
    chosen: t.field({
      type: CandidateRef,
      nullable: true,
      description: 'The first candidate; null where there is none.',
      resolve: ({ candidates }) => candidates[0],
    }),
    candidates: t.expose('candidates', { type: [CandidateRef] }),
    rejected: t.expose('rejected', { type: [RejectionRef] }),
    maxAttempts: t.exposeInt('maxAttempts', {
      description: 'Most calls to models for the request: first tries, retries, fallbacks and hedges.',
    }),
    panic: t.exposeBoolean('panic', {
      description:
        'Every deployment that could serve the request has an open breaker: those are the candidates, the one that may be probed the soonest first.',
    }),
  }),
});

const RouteResultRef = builder.unionType('RouteResult', {
  types: [PlanRef, ...requestProblemRefs],
  resolveType: (value) => ('code' in value ? requestProblemTypes[value.code] : 'Plan'),
});

builder.queryField('route', (t) =>
  t.field({
    type: RouteResultRef,
    description: 'Dry run: where a request would go and what it would cost. Nothing is sent to a model.',
    args: { input: t.arg({ type: GenerateInputRef, required: true }) },
    resolve: (_root, { input }, { gateway }) => {
      const result = gateway.route(input);
      return result.type === 'success' ? result.value : result.problem;
    },
  }),
);
