import { deploymentState } from '../src/domain/deployment.ts';
import { BreakerRef } from './breaker.ts';
import { LocalModelRef } from './local-models.ts';
import { builder } from './builder.ts';
import { CapabilityRef } from './capability.ts';
import { LatencyRef, LoadRef, PricesRef } from './deployment-status.ts';
import { DeploymentRef, ModelRef } from './refs.ts';

const DeploymentStateRef = builder.enumType('DeploymentState', {
  values: {
    READY: { value: 'ready' },
    UNLOADED: {
      value: 'unloaded',
      description: 'Not in memory; load.unloadedBecause says whether the next call brings it up.',
    },
    LOADING: { value: 'loading', description: 'Being fetched, converted or loaded; see load.' },
    FAILED: { value: 'failed', description: 'Could not be loaded; see load.problem.' },
  } as const,
});

DeploymentRef.implement({
  description: 'A model at one endpoint through one adapter.',
  fields: (t) => ({
    id: t.exposeID('name'),
    name: t.exposeString('name'),
    kind: t.exposeString('kind', { description: 'The adapter that serves it: onnx, openai, scripted.' }),
    isLocal: t.exposeBoolean('local', { description: 'Whether prompts stay on this machine.' }),
    model: t.field({ type: ModelRef, resolve: ({ model }) => ({ name: model }) }),
    state: t.field({
      type: DeploymentStateRef,
      resolve: ({ name }, _args, { fleet }) => deploymentState(fleet.status(name).load),
    }),
    capabilities: t.field({
      type: [CapabilityRef],
      resolve: ({ name }, _args, { fleet }) => fleet.status(name).traits.capabilities,
    }),
    contextTokens: t.int({
      nullable: true,
      description: 'Prompt and answer together; null where unknown.',
      resolve: ({ name }, _args, { fleet }) => fleet.status(name).traits.contextTokens,
    }),
    quality: t.exposeFloat('quality', { description: 'Declared, 0 to 1.' }),
    tags: t.exposeStringList('tags'),
    version: t.exposeString('version'),
    prices: t.expose('prices', { type: PricesRef }),
    breaker: t.field({
      type: BreakerRef,
      resolve: ({ name }, _args, { fleet }) => fleet.status(name).gate,
    }),
    coolingDownUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Set while the provider has asked for a pause.',
      resolve: ({ name }, _args, { fleet }) => {
        const { cooldownUntilMs } = fleet.status(name).gate;
        return cooldownUntilMs === undefined ? undefined : new Date(cooldownUntilMs);
      },
    }),
    load: t.field({
      type: LoadRef,
      nullable: true,
      description: 'Null where nothing is loaded on this machine.',
      resolve: ({ name }, _args, { fleet }) => fleet.status(name).load,
    }),
    local: t.field({
      type: LocalModelRef,
      nullable: true,
      description: 'Processes and memory; null for a deployment of a provider.',
      resolve: ({ name }, _args, { localModels }) => localModels.status(name),
    }),
    latency: t.field({
      type: LatencyRef,
      nullable: true,
      description: 'Measured over the latest calls; null before the first.',
      resolve: ({ name }, _args, { fleet }) => fleet.status(name).latency,
    }),
  }),
});

builder.queryFields((t) => ({
  deployments: t.field({
    type: [DeploymentRef],
    description: 'Every deployment of the catalogue and how it stands.',
    resolve: (_root, _args, { fleet }) => fleet.deployments,
  }),
  deployment: t.field({
    type: DeploymentRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { fleet }) => fleet.deployments.find(({ name }) => name === id),
  }),
}));
