import type { ProblemCode, PullProblem } from '../src/domain/problem.ts';
import type { ModelPull, PullProgress } from '../src/gateway/model-pull.ts';
import { builder } from './builder.ts';
import { ProblemRef } from './problem-interface.ts';
import { ValidationProblemRef } from './problem.ts';

type PullProblemOf<Code extends PullProblem['code']> = Extract<PullProblem, { readonly code: Code }>;

const ModelPullFailedRef = builder
  .objectRef<PullProblemOf<'MODEL_PULL_FAILED'>>('ModelPullFailed')
  .implement({
    description:
      'The model could not be had; the message names every source with its reason, and what helps.',
    interfaces: [ProblemRef],
  });

const ModelPullNotFoundRef = builder
  .objectRef<PullProblemOf<'MODEL_PULL_NOT_FOUND'>>('ModelPullNotFound')
  .implement({ description: 'No pull of this gateway has the id.', interfaces: [ProblemRef] });

const ModelPullStepRef = builder.enumType('ModelPullStep', {
  values: {
    RESOLVING: { value: 'resolving', description: 'Finding out which files make the model.' },
    DOWNLOADING: { value: 'downloading' },
    CONVERTING: { value: 'converting', description: 'Into the form that runs here.' },
    READY: {
      value: 'ready',
      description: 'The model is on this machine, whole; what its files hold is looked at when it is loaded.',
    },
    FAILED: { value: 'failed', description: 'See problem.' },
  } as const,
});

const ModelPullProgressRef = builder.objectRef<PullProgress>('ModelPullProgress').implement({
  description: 'How far a pull is.',
  fields: (t) => ({
    step: t.expose('step', { type: ModelPullStepRef }),
    file: t.string({
      nullable: true,
      description: 'The file or source being worked on.',
      resolve: (progress) => ('what' in progress ? progress.what : undefined),
    }),
    bytesDone: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Of the current step, all files together; null where unknown.',
      resolve: (progress) => ('what' in progress ? progress.bytesDone : undefined),
    }),
    bytesTotal: t.field({
      type: 'SafeInt',
      nullable: true,
      resolve: (progress) => ('what' in progress ? progress.bytesTotal : undefined),
    }),
    problem: t.field({
      type: ProblemRef,
      nullable: true,
      description: 'Why it failed and what to do.',
      resolve: (progress): { readonly code: ProblemCode; readonly message: string } | undefined =>
        progress.step === 'failed' ? progress.problem : undefined,
    }),
  }),
});

const ModelPullRef = builder.objectRef<ModelPull>('ModelPull').implement({
  description: 'A model on its way to this machine.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'For modelPull and cancelModelPull.' }),
    model: t.exposeString('model', {
      description:
        'How the model is called here: a deployment of the kind onnx with this as options.model serves it. loadModel brings up one that waits for it.',
    }),
    source: t.exposeString('source', { description: 'Where it comes from, as it was asked for.' }),
    progress: t.field({ type: ModelPullProgressRef, resolve: (pull) => pull.progress() }),
  }),
});

const PullModelInputRef = builder.inputType('PullModelInput', {
  fields: (t) => ({
    source: t.string({
      required: true,
      description:
        'hf:owner/name, a repository of the hub; hf:owner/name@revision, at a branch, tag or commit; or the name of a known model, such as smollm2-135m.',
    }),
    name: t.string({
      description:
        'How a model of the hub is to be called here. Default: the name of its repository, in lower case.',
    }),
  }),
});

const PullModelResultRef = builder.unionType('PullModelResult', {
  types: [ModelPullRef, ValidationProblemRef, ModelPullFailedRef],
  resolveType(value) {
    if (!('code' in value)) return 'ModelPull';
    return value.code === 'MODEL_PULL_FAILED' ? 'ModelPullFailed' : 'ValidationProblem';
  },
});

const CancelModelPullResultRef = builder.unionType('CancelModelPullResult', {
  types: [ModelPullRef, ModelPullNotFoundRef],
  resolveType: (value) => ('code' in value ? 'ModelPullNotFound' : 'ModelPull'),
});

builder.mutationFields((t) => ({
  pullModel: t.field({
    type: PullModelResultRef,
    description:
      'Fetches a model onto this machine in the background; modelPull tells how far it is. A pull that is under way already is joined, and a model that is there is ready at once.',
    args: { input: t.arg({ type: PullModelInputRef, required: true }) },
    resolve: (_root, { input: { source, name } }, { modelPulls }) =>
      modelPulls.pull({ source, name: name ?? undefined }),
  }),
  cancelModelPull: t.field({
    type: CancelModelPullResultRef,
    description:
      'Gives a pull up. What was downloaded stays for the next one; one that has ended is left as it is.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { modelPulls }) => modelPulls.cancel(id),
  }),
}));

builder.subscriptionField('modelPull', (t) =>
  t.field({
    type: ModelPullProgressRef,
    description:
      'How far a pull is: now, and with every change to its end. For an id that is not known, one FAILED with the problem.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, { modelPulls, caller }) => modelPulls.watch(id, caller.signal),
    resolve: (progress) => progress,
  }),
);
