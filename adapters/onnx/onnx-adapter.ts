import { leavable, createCallScopes } from '../call-scope.ts';
import type { AdapterContext, ModelAdapter } from '../contract.ts';
import type { AcquireModel } from './acquire-model.ts';
import { knownModel } from './known-models.ts';
import { createModelSupervisor } from './model-supervisor.ts';
import type { OnnxOptions } from './options.ts';
import { createLocalReading } from './local-reading.ts';
import { createLocalWriting } from './local-writing.ts';
import { traitsOf } from './local-traits.ts';
import type { PartInbox } from './part-inbox.ts';

export interface OnnxAdapterSeams {
  /** Gets the model folder where `path` is not given. */
  readonly acquire?: AcquireModel;
}

/** A `ModelAdapter` that lets operators and tests look at its process. */
export interface OnnxAdapter extends ModelAdapter {
  inspect(): OnnxInspection;
}

export interface OnnxInspection {
  readonly pid: number | undefined;
  /** Parts of all calls that are here and not yet taken by their consumers. */
  readonly partsWaiting: number;
  /** Resolves as soon as the process works on no call. Throws where there is no process. */
  idle(): Promise<void>;
}

export function createOnnxAdapter(
  options: OnnxOptions,
  context: AdapterContext,
  { acquire = acquireLazily }: OnnxAdapterSeams = {},
): OnnxAdapter {
  const scopes = createCallScopes(context.deployment);
  const inboxes = new Set<PartInbox>();
  const supervisor = createModelSupervisor({ options, context, acquire });
  const { maxOutputTokens, systemMessage = knownModel(options.model).systemMessage } = options;
  const defaults = { maxOutputTokens, systemMessage, random: context.random };

  const writing = createLocalWriting({ supervisor, inboxes, defaults, random: context.random });

  return {
    kind: 'onnx',
    loading: supervisor.loading,
    traits: () => traitsOf(supervisor.served(), options.capabilities),
    ...createLocalReading({ scopes, supervisor }),
    generate(call, signal) {
      const scope = scopes.open(signal);
      return leavable(writing.answer(call, scope), scope);
    },
    inspect() {
      const process = supervisor.process();
      const partsWaiting = [...inboxes].reduce((sum, inbox) => sum + inbox.waiting(), 0);
      return { pid: process.pid, partsWaiting, idle: () => process.idle() };
    },
    async close() {
      scopes.close();
      await supervisor.close();
    },
  };
}

/** The import waits until a model has to be had: what fetches and converts is large, and mostly not needed. */
async function acquireLazily(...request: Parameters<AcquireModel>): ReturnType<AcquireModel> {
  const { acquireModel } = await import('./acquire/index.ts');
  return acquireModel(...request);
}
