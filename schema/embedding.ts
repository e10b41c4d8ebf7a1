import type { EmbedResult } from '../adapters/contract.ts';
import type { Told } from '../src/gateway/read.ts';
import { builder } from './builder.ts';
import { UsageRef } from './generation.ts';
import { CostRef } from './money.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { howToRead, madeOrProblem } from './reading.ts';
import { DeploymentRef } from './refs.ts';

const EmbeddingsRef = builder.objectRef<Told<EmbedResult>>('Embeddings').implement({
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
    ...howToRead(t),
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
    resolve: async (_root, { input }, { gateway, caller, overloaded }) =>
      madeOrProblem(await gateway.embed(input, caller), overloaded),
  }),
);
