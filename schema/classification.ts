import type { ClassifyResult, LabelScore } from '../adapters/contract.ts';
import type { Told } from '../src/gateway/read.ts';
import { builder } from './builder.ts';
import { UsageRef } from './generation.ts';
import { CostRef } from './money.ts';
import { requestProblemTypes } from './problem-interface.ts';
import { requestProblemRefs } from './problem.ts';
import { howToRead, madeOrProblem } from './reading.ts';
import { DeploymentRef } from './refs.ts';

const LabelScoreRef = builder.objectRef<LabelScore>('LabelScore').implement({
  fields: (t) => ({
    label: t.exposeString('label'),
    score: t.exposeFloat('score', {
      description: '0 to 1. The scores of a text sum to 1 where one label excludes the others.',
    }),
  }),
});

interface Classification {
  readonly scores: readonly LabelScore[];
  readonly truncated: boolean;
}

const ClassificationRef = builder.objectRef<Classification>('Classification').implement({
  description: 'What one text was found to be.',
  fields: (t) => ({
    label: t.string({ description: 'The likeliest label.', resolve: ({ scores }) => scores[0]?.label ?? '' }),
    scores: t.expose('scores', { type: [LabelScoreRef], description: 'Every label, the likeliest first.' }),
    truncated: t.exposeBoolean('truncated', {
      description: 'Whether the text was longer than the model reads and lost its end.',
    }),
  }),
});

const ClassificationsRef = builder.objectRef<Told<ClassifyResult>>('Classifications').implement({
  fields: (t) => ({
    results: t.field({
      type: [ClassificationRef],
      description: 'One a text, in the order of the texts.',
      resolve: ({ scores, truncated }) =>
        scores.map((ofText, index) => ({ scores: ofText, truncated: truncated[index] ?? false })),
    }),
    usage: t.expose('usage', { type: UsageRef }),
    cost: t.expose('cost', { type: CostRef }),
    deployment: t.expose('deployment', { type: DeploymentRef }),
  }),
});

const ClassifyInputRef = builder.inputType('ClassifyInput', {
  fields: (t) => ({
    texts: t.stringList({ required: true, description: '1 to 2048 texts.' }),
    ...howToRead(t),
  }),
});

const ClassifyResultRef = builder.unionType('ClassifyResult', {
  types: [ClassificationsRef, ...requestProblemRefs],
  resolveType: (value) => ('code' in value ? requestProblemTypes[value.code] : 'Classifications'),
});

builder.queryField('classify', (t) =>
  t.field({
    type: ClassifyResultRef,
    description: 'Gives texts the labels that a model was trained on.',
    args: { input: t.arg({ type: ClassifyInputRef, required: true }) },
    resolve: async (_root, { input }, { gateway, caller, overloaded }) =>
      madeOrProblem(await gateway.classify(input, caller), overloaded),
  }),
);
