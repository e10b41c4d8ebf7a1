import { builder } from './builder.ts';
import { DeploymentRef, ModelRef } from './refs.ts';

ModelRef.implement({
  description: 'What a client asks for by name. One model may have several deployments.',
  fields: (t) => ({
    name: t.exposeString('name'),
    deployments: t.field({
      type: [DeploymentRef],
      resolve: ({ name }, _args, { fleet }) => fleet.deployments.filter(({ model }) => model === name),
    }),
  }),
});

builder.queryField('models', (t) =>
  t.field({
    type: [ModelRef],
    description: 'The models that clients may name. "auto" is any of them.',
    resolve: (_root, _args, { fleet }) => [
      ...new Map(fleet.deployments.map(({ model }) => [model, { name: model }])).values(),
    ],
  }),
);
