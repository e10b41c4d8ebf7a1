import type { LocalModelStatus, LocalProcessStatus } from '../adapters/contract.ts';
import type { LoadEvent } from '../src/gateway/local-models.ts';
import { builder } from './builder.ts';
import { LoadRef } from './deployment-status.ts';
import { ValidationProblemRef } from './problem.ts';
import { DeploymentRef } from './refs.ts';
import { refusal, UnknownDeploymentRef } from './unknown-deployment.ts';

const LocalProcessRef = builder.objectRef<LocalProcessStatus>('LocalProcess').implement({
  fields: (t) => ({
    pid: t.exposeInt('pid'),
    residentBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Physical memory, as the process last said; null before its first call.',
      resolve: ({ residentBytes }) => residentBytes,
    }),
    slots: t.exposeInt('slots', { description: 'Answers that it can work on at once.' }),
    busySlots: t.exposeInt('busySlots'),
    queued: t.exposeInt('queued', { description: 'Calls that wait for a slot.' }),
  }),
});

export const LocalModelRef = builder.objectRef<LocalModelStatus>('LocalModel').implement({
  description: 'A model of this machine, as it runs now.',
  fields: (t) => ({
    version: t.string({ nullable: true, resolve: ({ version }) => version }),
    source: t.string({
      nullable: true,
      description: 'Where its files came from, such as hf:owner/name@revision.',
      resolve: ({ source }) => source,
    }),
    batched: t.boolean({
      nullable: true,
      description:
        'Whether one run of its graph serves all calls under way; false for exports whose answers could depend on what shares a run. Null until it is known.',
      resolve: ({ batched }) => batched,
    }),
    reservedBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'What it may take by the arithmetic that admitted it; null while it is down.',
      resolve: ({ reservedBytes }) => reservedBytes,
    }),
    processes: t.expose('processes', { type: [LocalProcessRef] }),
    reloadProblem: t.string({
      nullable: true,
      description: 'Why the last reloadModel did not take.',
      resolve: ({ reloadProblem }) => reloadProblem,
    }),
  }),
});

const LocalModelResultRef = builder.unionType('LocalModelResult', {
  types: [DeploymentRef, UnknownDeploymentRef, ValidationProblemRef],
  resolveType(value) {
    if (!('code' in value)) return 'Deployment';
    return value.code === 'UNKNOWN_DEPLOYMENT' ? 'UnknownDeployment' : 'ValidationProblem';
  },
});

builder.mutationFields((t) => ({
  loadModel: t.field({
    type: LocalModelResultRef,
    description:
      'Brings a model of this machine up, fetching it first where it must be; loadChanged tells how far it is.',
    args: { deployment: t.arg.id({ required: true }) },
    resolve: (_root, { deployment }, { localModels }) => localModels.load(deployment),
  }),
  unloadModel: t.field({
    type: LocalModelResultRef,
    description:
      'Takes a model of this machine down, until loadModel. Answers once its calls have ended; new ones go elsewhere.',
    args: { deployment: t.arg.id({ required: true }) },
    resolve: (_root, { deployment }, { localModels }) => localModels.unload(deployment),
  }),
  reloadModel: t.field({
    type: LocalModelResultRef,
    description:
      'Changes over to the version that the model’s files have now, without failing a call. A version that cannot be loaded leaves the old one serving.',
    args: { deployment: t.arg.id({ required: true }) },
    resolve: (_root, { deployment }, { localModels }) => localModels.reload(deployment),
  }),
}));

const LoadChangeRef = builder.objectRef<LoadEvent>('LoadChange').implement({
  fields: (t) => ({
    deployment: t.expose('deployment', { type: DeploymentRef }),
    load: t.expose('load', { type: LoadRef }),
  }),
});

builder.subscriptionField('loadChanged', (t) =>
  t.field({
    type: LoadChangeRef,
    description:
      'How far models of this machine are: now, and with every change, of one deployment or of all. A reader who falls behind loses the oldest; ends when the gateway stops.',
    args: { deployment: t.arg.id() },
    subscribe(_root, { deployment }, { localModels, caller }) {
      const changes = localModels.changes(deployment ?? undefined, caller.signal);
      if ('code' in changes) throw refusal(changes);
      return changes;
    },
    resolve: (event) => event,
  }),
);
