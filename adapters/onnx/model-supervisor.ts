import type { AdapterContext, LoadState, LocalModelStatus, ModelLoading, ReloadResult } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { AcquireModel } from './acquire-model.ts';
import { LoadFailure } from './load-failure.ts';
import { createLoadStateCell, describeLoadState } from './load-state.ts';
import { locateModel } from './locate-model.ts';
import type { ModelManifest } from './model-folder.ts';
import { ProcessCrash, type ModelProcess } from './model-process.ts';
import type { OnnxOptions } from './options.ts';
import { orAborted, pause } from './or-aborted.ts';
import type { ModelFolder } from './read-model-folder.ts';
import { createRestartBackOff, type RestartBackOff } from './restart-back-off.ts';
import { servedContext, startServing, type Serving } from './serving.ts';

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
  return new Supervisor(given);
}

class Supervisor implements ModelSupervisor {
  readonly #given: ModelSupervisorOptions;
  readonly #backOff: RestartBackOff;
  readonly #load = createLoadStateCell();
  readonly #closing = new AbortController();
  /** Brings the model up, again and again; ends with its controller. */
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #unloading: Promise<void> | undefined;
  #folder: ModelFolder | undefined;
  #serving: Serving | undefined;
  /** Rejects with the end of the process that serves. */
  #down = Promise.withResolvers<never>();

  constructor(given: ModelSupervisorOptions) {
    this.#given = given;
    this.#backOff = createRestartBackOff({ ...given.context, restart: given.options.restart });
  }

  readonly loading: ModelLoading = {
    state: () => this.#load.state(),
    onChange: (listener) => this.#load.onChange(listener),
    start: () => this.#start(),
    unload: () => (this.#unloading ??= this.#unload()),
    reload: () => this.#reload(),
    status: () => this.#status(),
  };

  served(): ServedModel | undefined {
    return this.#folder === undefined ? undefined : servedModel(this.#folder, this.#given.options);
  }

  process(): ModelProcess {
    if (this.#serving !== undefined && this.#unloading === undefined) return this.#serving.process;
    throw notReady(this.#given.options.model, this.#load.state());
  }

  async close(): Promise<void> {
    this.#closing.abort(new AdapterError('aborted', 'the adapter is closed'));
    await this.#unloading;
    await this.#run?.ended;
    this.#load.set({ step: 'idle' });
  }

  #start(): void {
    if (this.#unloading !== undefined) {
      // Told to go and to come back: it comes back once it has gone.
      void this.#unloading.then(() => this.#start());
      return;
    }
    if (this.#run !== undefined || this.#closing.signal.aborted) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const ended = repeat(
      () => this.#bringUp(signal),
      (failure) => this.#waitAfter(failure, signal),
      signal,
    );
    this.#run = { stop, ended };
  }

  async #unload(): Promise<void> {
    this.#load.set({ step: 'unloaded' });
    await Promise.race([this.#serving?.process.idle(), aborted(this.#closing.signal)]);
    this.#run?.stop.abort(new AdapterError('aborted', 'the model is unloaded'));
    await this.#run?.ended;
    this.#run = undefined;
    this.#load.set({ step: 'unloaded' });
    this.#unloading = undefined;
  }

  /** Ends, always with an error, once the model is down again. */
  async #bringUp(signal: AbortSignal): Promise<never> {
    const { options } = this.#given;
    this.#load.set(loadingState(options.model, this.#folder));
    const onState = (state: LoadState): void => this.#load.set(state);
    this.#folder ??= await locateModel({ ...this.#given, signal, onState });
    this.#load.set(loadingState(options.model, this.#folder));
    this.#down = Promise.withResolvers();
    this.#down.promise.catch(() => undefined);
    this.#serve(await startServing(this.#folder, this.#given, signal));
    this.#load.set({ step: 'ready' });
    try {
      return await orAborted(this.#down.promise, signal);
    } finally {
      const last = this.#serving;
      this.#serving = undefined;
      await last?.takeDown();
    }
  }

  #serve(serving: Serving): void {
    this.#serving = serving;
    const down = this.#down;
    void this.#watch(serving, down);
  }

  async #watch(serving: Serving, down: PromiseWithResolvers<never>): Promise<void> {
    const crash = await serving.process.ended;
    if (this.#serving === serving) down.reject(crash);
  }

  async #waitAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#given.context;
    const crashed = error instanceof ProcessCrash;
    // What was wrong may have been the folder, so it is looked at anew. After a crash it is known to be good.
    if (!crashed) this.#folder = undefined;
    const delayMs = crashed ? this.#backOff.afterCrashMs() : this.#backOff.afterLoadFailureMs();
    log.error({ err: error, retryInMs: delayMs }, 'The model is down.');
    this.#load.set({ step: 'failed', problem: problemOf(error), retryAtMs: clock.wallMs() + delayMs });
    await pause(clock, delayMs, signal);
  }

  async #reload(): Promise<ReloadResult> {
    const old = this.#serving;
    if (old === undefined || this.#unloading !== undefined) {
      return {
        outcome: 'failed',
        problem: `The model is not serving: ${describeLoadState(this.#load.state())}.`,
      };
    }
    const { signal } = this.#closing;
    try {
      const folder = await locateModel({ ...this.#given, signal, onState: () => undefined });
      if (folder.manifest.version === old.version) return { outcome: 'unchanged' };
      const fresh = await startServing(folder, this.#given, signal);
      if (this.#serving !== old) {
        await fresh.takeDown();
        return { outcome: 'failed', problem: 'The model went down while its new version was being loaded.' };
      }
      this.#folder = folder;
      this.#serve(fresh);
      void old.process.idle().then(() => old.takeDown());
      return { outcome: 'replaced' };
    } catch (error) {
      signal.throwIfAborted();
      this.#given.context.log.error({ err: error }, 'A new version of the model could not be loaded.');
      return { outcome: 'failed', problem: problemOf(error) };
    }
  }

  #status(): LocalModelStatus {
    const serving = this.#serving;
    const { slots } = this.#given.options;
    const { version, source } = this.#folder?.manifest ?? {};
    if (serving === undefined) return { version, source, reservedBytes: undefined, processes: [] };
    const { pid = 0 } = serving.process;
    const { calls, begun, residentBytes } = serving.process.load();
    const busySlots = Math.min(slots, begun);
    return {
      version,
      source,
      reservedBytes: serving.reservedBytes,
      processes: [{ pid, residentBytes, slots, busySlots, queued: Math.max(0, calls - begun) }],
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
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

function servedModel({ manifest }: ModelFolder, options: OnnxOptions): ServedModel {
  return { manifest, contextTokens: servedContext(manifest, options) };
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
