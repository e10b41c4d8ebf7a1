import type { Embeddings } from '../src/gateway/embed.ts';
import { builder } from './builder.ts';
import { ConstraintsInputRef, DeadlinesInputRef, PriorityRef } from './generate-input.ts';
import { UsageRef } from './generation.ts';
import { CostRef } from './money.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { DeploymentRef } from './refs.ts';

const EmbeddingsRef = builder.objectRef<Embeddings>('Embeddings').implement({
  description: 'One vector a text, in the order of the texts.',
  fields: (t) => ({
    vectors: t.field({ type: t.listRef(t.listRef('Float')), resolve: ({ vectors }) => vectors }),
    dimensions: t.exposeInt('dimensions'),
    truncated: t.exposeBooleanList('truncated', {
      description: 'For each text: whether it was longer than the model reads and lost its end.',
    }),
    usage: t.expose('usage', { type: UsageRef }),
    cost: t.expose('cost', { type: CostRef }),
    deployment: t.expose('deployment', { type: DeploymentRef }),
  }),
});

const EmbedInputRef = builder.inputType('EmbedInput', {
  fields: (t) => ({
    texts: t.stringList({ required: true, description: '1 to 2048 texts.' }),
    model: t.string({ description: 'A model or alias; "auto" (the default) is any that embeds.' }),
    constraints: t.field({ type: ConstraintsInputRef }),
    policy: t.string(),
    timeoutMs: t.int({ description: 'Default 60000.' }),
    deadlines: t.field({ type: DeadlinesInputRef }),
    priority: t.field({ type: PriorityRef, description: 'Default INTERACTIVE.' }),
  }),
});

const EmbedResultRef = builder.unionType('EmbedResult', {
  types: [EmbeddingsRef, ...requestProblemRefs],
  resolveType: (value) => ('code' in value ? requestProblemTypes[value.code] : 'Embeddings'),
});

builder.queryField('embed', (t) =>
  t.field({
    type: EmbedResultRef,
    description: 'Turns texts into vectors whose nearness is nearness in meaning.',
    args: { input: t.arg({ type: EmbedInputRef, required: true }) },
    resolve: async (_root, { input }, { gateway, caller, overloaded }) => {
      const result = await gateway.embed(input, caller);
      if (result.type === 'success') return result.value;
      if (result.problem.code === 'OVERLOADED') overloaded(result.problem.retryAfterMs);
      return result.problem;
    },
  }),
);
