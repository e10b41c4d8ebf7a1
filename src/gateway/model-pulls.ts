import type { PullProblem, ValidationIssue } from '../domain/problem.ts';
import {
  hasEnded,
  startModelPull,
  type ModelPull,
  type PullableModel,
  type PullProgress,
} from './model-pull.ts';
import { validationFailed, type ValidationFailed } from './problems.ts';

export interface PullInput {
  /** `hf:owner/name`, `hf:owner/name@revision`, or the name of a known model. */
  readonly source: string;
  /** @default that of the repository, in lower case, or of the known model */
  readonly name: string | undefined;
}

/** Knows which models can be brought onto this machine. */
export interface ModelStore {
  /** The model, or what is wrong with the input. */
  find(input: PullInput): PullableModel | ValidationIssue;
}

type PullFailed = Extract<PullProblem, { readonly code: 'MODEL_PULL_FAILED' }>;
export type PullNotFound = Extract<PullProblem, { readonly code: 'MODEL_PULL_NOT_FOUND' }>;

/** What operators do to bring models onto this machine. */
export interface ModelPulls {
  /** Begins in the background; one that is under way already is joined. */
  pull(input: PullInput): ModelPull | ValidationFailed | PullFailed;
  cancel(id: string): ModelPull | PullNotFound;
  /** The progress now and from now on, to the end; for an id that is not known, the problem alone. */
  watch(id: string, signal: AbortSignal): AsyncIterable<PullProgress>;
  /** Resolves once everything under way has ended, after `stopping`. */
  close(): Promise<void>;
}

export interface ModelPullsOptions {
  readonly store: ModelStore;
  readonly newId: () => string;
  /** Aborts as soon as the gateway is told to stop, which gives up what is under way. */
  readonly stopping: AbortSignal;
  readonly onBug: (error: unknown) => void;
}

/** They share one network and one disk: more would only make each slower. */
const mostAtOnce = 4;
/** Of pulls that have ended, so many can still be asked for. */
const mostKept = 100;

export function createModelPulls({ store, newId, stopping, onBug }: ModelPullsOptions): ModelPulls {
  const pulls = new Map<string, ModelPull>();
  const underWay = (): readonly ModelPull[] =>
    [...pulls.values()].filter((pull) => !hasEnded(pull.progress()));

  function start(model: PullableModel): ModelPull {
    const pull = startModelPull({ id: newId(), model, stopping, onBug });
    pulls.set(pull.id, pull);
    const ended = [...pulls.values()].filter((other) => hasEnded(other.progress()));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - mostKept))) pulls.delete(id);
    return pull;
  }

  return {
    pull(input) {
      const model = store.find(input);
      if ('path' in model) return validationFailed([model]);
      const others = underWay();
      const same = others.find((other) => other.model === model.name);
      if (same?.source === model.source) return same;
      if (same !== undefined)
        return failed(
          `A model called ${same.model} is being pulled from ${same.source}. Give this one another name.`,
        );
      if (others.length >= mostAtOnce)
        return failed(`${mostAtOnce} models are being pulled already. Wait for one of them, or cancel it.`);
      return start(model);
    },
    cancel(id) {
      const pull = pulls.get(id);
      pull?.cancel();
      return pull ?? notFound(id);
    },
    watch: (id, signal) => pulls.get(id)?.watch(signal) ?? only({ step: 'failed', problem: notFound(id) }),
    async close() {
      await Promise.all([...pulls.values()].map(({ ended }) => ended));
    },
  };
}

function failed(message: string): PullFailed {
  return { code: 'MODEL_PULL_FAILED', message };
}

function notFound(id: string): PullNotFound {
  return {
    code: 'MODEL_PULL_NOT_FOUND',
    message: `No pull has the id "${id.slice(0, 100)}": the gateway has been started again since, or it ended long ago. pullModel begins one anew, and is quick where the model is there.`,
  };
}

async function* only(progress: PullProgress): AsyncGenerator<PullProgress, void, undefined> {
  yield progress;
}
