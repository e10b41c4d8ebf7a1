import type { Told } from '../src/gateway/read.ts';
import type { RankedDocument, Ranking } from '../src/gateway/readings.ts';
import { builder } from './builder.ts';
import { UsageRef } from './generation.ts';
import { CostRef } from './money.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { howToRead, madeOrProblem } from './reading.ts';
import { DeploymentRef } from './refs.ts';

const RankedDocumentRef = builder.objectRef<RankedDocument>('RankedDocument').implement({
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Place of the document in the input, from 0.' }),
    document: t.exposeString('document'),
    score: t.exposeFloat('score', {
      description: 'The higher, the better it answers the query. Comparable within one result only.',
    }),
    truncated: t.exposeBoolean('truncated', {
      description: 'Whether query and document together were longer than the model reads.',
    }),
  }),
});

const RerankingRef = builder.objectRef<Told<Ranking>>('Reranking').implement({
  fields: (t) => ({
    results: t.expose('results', { type: [RankedDocumentRef], description: 'The best document first.' }),
    usage: t.expose('usage', { type: UsageRef }),
    cost: t.expose('cost', { type: CostRef }),
    deployment: t.expose('deployment', { type: DeploymentRef }),
  }),
});

const RerankInputRef = builder.inputType('RerankInput', {
  fields: (t) => ({
    query: t.string({ required: true }),
    documents: t.stringList({ required: true, description: '1 to 2048 texts.' }),
    topK: t.int({ description: 'How many of the best documents to return. Default: all.' }),
    ...howToRead(t),
  }),
});

const RerankResultRef = builder.unionType('RerankResult', {
  types: [RerankingRef, ...requestProblemRefs],
  resolveType: (value) => ('code' in value ? requestProblemTypes[value.code] : 'Reranking'),
});

builder.queryField('rerank', (t) =>
  t.field({
    type: RerankResultRef,
    description: 'Orders documents by how well they answer a query.',
    args: { input: t.arg({ type: RerankInputRef, required: true }) },
    resolve: async (_root, { input }, { gateway, caller, overloaded }) =>
      madeOrProblem(await gateway.rerank(input, caller), overloaded),
  }),
);
