import type { AdapterContext, LoadState, ModelLoading } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { AcquireModel } from './acquire-model.ts';
import { LoadFailure } from './load-failure.ts';
import { createLoadStateCell, describeLoadState } from './load-state.ts';
import { locateModel } from './locate-model.ts';
import {
  ProcessCrash,
  startModelProcess,
  type ModelProcess,
  type ModelProcessOptions,
} from './model-process.ts';
import { contextTokensOf, type ModelManifest } from './model-folder.ts';
import type { OnnxOptions } from './options.ts';
import { orAborted, pause } from './or-aborted.ts';
import type { ModelFolder } from './read-model-folder.ts';
import { createRestartBackOff } from './restart-back-off.ts';

/** Brings a model up, keeps it up, and takes it down. */
export interface ModelSupervisor {
  readonly loading: ModelLoading;
  /** What is served; known from the first load on. */
  served(): ServedModel | undefined;
  /** The process that serves. Throws `AdapterError('not-ready')` where none does. */
  process(): ModelProcess;
  close(): Promise<void>;
}

export interface ServedModel {
  readonly manifest: ModelManifest;
  /** Prompt and answer together. */
  readonly contextTokens: number;
}

export interface ModelSupervisorOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
  readonly acquire: AcquireModel;
}

export function createModelSupervisor(given: ModelSupervisorOptions): ModelSupervisor {
  const { options, context } = given;
  const { clock, log } = context;
  const backOff = createRestartBackOff({ ...context, restart: options.restart });
  const load = createLoadStateCell();
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  let folder: ModelFolder | undefined;
  let current: ModelProcess | undefined;

  /** Ends, always with an error, once the model is down again. */
  async function bringUpOnce(): Promise<never> {
    load.set(loadingState(options.model, folder));
    const startedMs = clock.monotonicMs();
    folder ??= await locateModel({ ...given, signal: closing.signal, onState: load.set });
    load.set(loadingState(options.model, folder));
    const process = startModelProcess(processOptions(folder, given));
    try {
      await orAborted(process.loaded, closing.signal);
      current = process;
      log.info({ pid: process.pid, tookMs: clock.monotonicMs() - startedMs }, 'The model process is up.');
      load.set({ step: 'ready' });
      throw await orAborted(process.ended, closing.signal);
    } finally {
      current = undefined;
      await process.stop();
    }
  }

  async function waitAfter(error: unknown): Promise<void> {
    const crashed = error instanceof ProcessCrash;
    // What was wrong may have been the folder, so it is looked at anew. After a crash it is known to be good.
    if (!crashed) folder = undefined;
    const delayMs = crashed ? backOff.afterCrashMs() : backOff.afterLoadFailureMs();
    log.error({ err: error, retryInMs: delayMs }, 'The model is down.');
    load.set({ step: 'failed', problem: problemOf(error), retryAtMs: clock.wallMs() + delayMs });
    await pause(clock, delayMs, closing.signal);
  }

  return {
    loading: {
      state: load.state,
      onChange: load.onChange,
      start() {
        running ??= repeat(bringUpOnce, waitAfter, closing.signal);
      },
    },
    served: () => (folder === undefined ? undefined : servedModel(folder, options)),
    process() {
      if (current !== undefined) return current;
      throw notReady(options.model, load.state());
    },
    async close() {
      closing.abort(new AdapterError('aborted', 'the adapter is closed'));
      await running;
      load.set({ step: 'idle' });
    },
  };
}

/** Does the work again and again, each time after the failure has been seen to, until the signal aborts. */
async function repeat(
  work: () => Promise<never>,
  seeTo: (failure: unknown) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (failure) {
      if (!signal.aborted) await seeTo(failure);
    }
  }
}

function processOptions(
  { directory, manifest }: ModelFolder,
  { options, context }: ModelSupervisorOptions,
): ModelProcessOptions {
  const { threads, slots, maxQueue, prefixCacheBytes, batchWindowMs, loadTimeoutMs } = options;
  const contextTokens = servedContext(manifest, options);
  const settings = { threads, slots, maxQueue, prefixCacheBytes, batchWindowMs, contextTokens };
  return { load: { directory, manifest, settings }, loadTimeoutMs, clock: context.clock, log: context.log };
}

function servedModel({ manifest }: ModelFolder, options: OnnxOptions): ServedModel {
  return { manifest, contextTokens: servedContext(manifest, options) };
}

function servedContext(manifest: ModelManifest, options: OnnxOptions): number {
  return Math.min(contextTokensOf(manifest), options.maxContextTokens);
}

function notReady(model: string, state: LoadState): AdapterError {
  return new AdapterError('not-ready', `the model ${model} takes no calls: ${describeLoadState(state)}`);
}

function loadingState(model: string, folder: ModelFolder | undefined): LoadState {
  const bytesTotal = folder?.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return { step: 'loading', what: model, bytesDone: undefined, bytesTotal };
}

function problemOf(error: unknown): string {
  if (error instanceof LoadFailure) return error.message;
  if (error instanceof ProcessCrash) return "The model's process ended unexpectedly and is started again.";
  return "The model could not be brought up; the gateway's log says why.";
}
