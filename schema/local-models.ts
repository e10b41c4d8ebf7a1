import type {
  LocalModelCounts,
  LocalModelStatus,
  LocalModelWork,
  LocalProcessStatus,
} from '../adapters/local-contract.ts';
import type { LoadEvent, LocalMemory } from '../src/gateway/local-models.ts';
import { builder } from './builder.ts';
import { LoadRef } from './deployment-status.ts';
import { milliseconds } from './milliseconds.ts';
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
    cacheBytes: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Keys and values in it, of answers under way and of earlier prompts.',
      resolve: ({ cacheBytes }) => cacheBytes,
    }),
    slots: t.exposeInt('slots', { description: 'Answers that it can work on at once.' }),
    busySlots: t.exposeInt('busySlots'),
    queued: t.exposeInt('queued', { description: 'Calls that wait for a slot.' }),
  }),
});

const LocalCountsRef = builder.objectRef<LocalModelCounts>('LocalModelCounts').implement({
  description: 'What happened to a model since its gateway started.',
  fields: (t) => ({
    loads: t.exposeInt('loads', { description: 'Processes brought up to where they answer.' }),
    lastLoadMs: t.float({
      nullable: true,
      description: 'From the start of the last of them until it answered.',
      resolve: ({ lastLoadMs }) => (lastLoadMs === undefined ? undefined : milliseconds(lastLoadMs)),
    }),
    crashes: t.exposeInt('crashes', {
      description:
        'Processes that ended although nobody asked them to, those ended by the watch over them included.',
    }),
    swaps: t.exposeInt('swaps', { description: 'Changes to another version of the files.' }),
    unloads: t.int({
      description: 'Times the model was taken out of memory, for whatever reason.',
      resolve: ({ unloads }) => unloads.operator + unloads.memory + unloads.unused,
    }),
    evictions: t.int({
      description: 'How often of these another model needed its memory.',
      resolve: ({ unloads }) => unloads.memory,
    }),
  }),
});

const LocalWorkRef = builder.objectRef<LocalModelWork>('LocalModelWork').implement({
  description:
    'What the processes of a model have done since the gateway started, as they last said: four times a second while they work.',
  fields: (t) => ({
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'Computed, of prompts or texts.' }),
    cachedInputTokens: t.expose('cachedInputTokens', {
      type: 'SafeInt',
      description: 'Not computed, for an earlier prompt began alike.',
    }),
    outputTokens: t.expose('outputTokens', {
      type: 'SafeInt',
      description: 'Those of cancelled answers included.',
    }),
    msPerStep: t.float({
      nullable: true,
      description: 'Mean time of a run of the graph that gives every answer under way its next token.',
      resolve: ({ steps, stepMs }) => (steps === 0 ? undefined : milliseconds(stepMs / steps)),
    }),
  }),
});

const LocalMemoryRef = builder.objectRef<LocalMemory>('LocalMemory').implement({
  description: 'Memory that all models of this machine share.',
  fields: (t) => ({
    budgetBytes: t.expose('budgetBytes', { type: 'SafeInt' }),
    reservedBytes: t.expose('reservedBytes', { type: 'SafeInt' }),
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
    memory: t.field({
      type: LocalMemoryRef,
      resolve: (_model, _args, { localModels }) => localModels.memory(),
    }),
    processes: t.expose('processes', { type: [LocalProcessRef] }),
    counts: t.expose('counts', { type: LocalCountsRef }),
    work: t.expose('work', { type: LocalWorkRef }),
    crashLoop: t.exposeBoolean('crashLoop', {
      description: 'It has crashed so often within a minute that it is brought up only now and then.',
    }),
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
