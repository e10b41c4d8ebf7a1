import { leavable, createCallScopes, type CallScope } from '../call-scope.ts';
import type { AdapterContext, ModelAdapter, ModelCall, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { AcquireModel } from './acquire-model.ts';
import { toEngineRequest } from './engine-request.ts';
import type { EnginePart } from './engine/protocol.ts';
import { knownModel } from './known-models.ts';
import { createModelSupervisor } from './model-supervisor.ts';
import type { OnnxOptions } from './options.ts';
import { createLocalReading } from './local-reading.ts';
import { traitsOf } from './local-traits.ts';
import { createPartInbox, type PartInbox } from './part-inbox.ts';

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

/** Parts the process may make ahead of the consumer: enough that neither waits for the other's messages. */
const creditWindow = 16;

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

  async function* answer(call: ModelCall, scope: CallScope): AsyncGenerator<StreamPart, void, undefined> {
    scope.begin();
    const inbox = createPartInbox();
    inboxes.add(inbox);
    try {
      const request = toEngineRequest(call, defaults);
      const process = supervisor.process();
      if (supervisor.served()?.manifest.graph === 'encoder') {
        throw new AdapterError('unsupported', 'the local model is an encoder and does not write');
      }
      const open = process.open({ type: 'generate', request, credit: creditWindow }, inbox);
      scope.signal.addEventListener('abort', () => {
        open.cancel();
        if (scope.failure !== undefined) inbox.failed(scope.failure);
      });
      for (let taken = 1; ; taken += 1) {
        const part = await inbox.take();
        scope.throwIfInterrupted();
        if (taken % (creditWindow / 2) === 0) open.grant(creditWindow / 2);
        if (part.type === 'finish') scope.complete();
        yield toStreamPart(part, supervisor.served()?.manifest.name);
        scope.throwIfInterrupted();
        if (part.type === 'finish') return;
      }
    } finally {
      inboxes.delete(inbox);
      scope.end();
    }
  }

  return {
    kind: 'onnx',
    loading: supervisor.loading,
    traits: () => traitsOf(supervisor.served()),
    ...createLocalReading({ scopes, supervisor }),
    generate(call, signal) {
      const scope = scopes.open(signal);
      return leavable(answer(call, scope), scope);
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

function toStreamPart(part: EnginePart, responseModel: string | undefined): StreamPart {
  switch (part.type) {
    case 'encoded':
      throw new Error('a decoder does not encode');
    case 'started':
      return {
        type: 'response-metadata',
        queuedMs: part.queuedMs,
        ...(responseModel === undefined ? {} : { responseModel }),
      };
    case 'text':
      return {
        type: 'text-delta',
        text: part.text,
        ...(part.logProbabilities === undefined ? {} : { logProbabilities: part.logProbabilities }),
      };
    case 'finish':
      return {
        type: 'finish',
        reason: part.reason,
        usage: {
          inputTokens: part.inputTokens,
          outputTokens: part.outputTokens,
          cachedInputTokens: part.cachedInputTokens,
          reasoningTokens: undefined,
        },
      };
  }
}
