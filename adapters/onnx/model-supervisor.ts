import type { AdapterContext } from '../contract.ts';
import type { LoadState, LocalModelStatus, ModelLoading, ReloadResult } from '../local-contract.ts';
import { AdapterError } from '../errors.ts';
import type { AcquireModel } from './acquire-model.ts';
import { createLoadStateCell, describeLoadState } from './load-state.ts';
import { createLocalResources } from './local-resources.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ModelProcess } from './model-process.ts';
import { createModelRun, type ModelRun, type RunningProcess } from './model-run.ts';
import { modelStatus } from './model-status.ts';
import { createModelTally } from './model-tally.ts';
import type { OnnxOptions } from './options.ts';
import { orAborted, whenAborted } from './or-aborted.ts';
import { processCount } from './process-count.ts';
import { createRestartBackOff, type RestartBackOff } from './restart-back-off.ts';
import { servedContext } from './serving.ts';

/** Decides when a model is in memory, and gives its processes to calls. */
export interface ModelSupervisor {
  readonly loading: ModelLoading;
  /** What is served; known from the first load on. */
  served(): ServedModel | undefined;
  /** The process that the next call would get. Throws `AdapterError('not-ready')` where there is none. */
  process(): ModelProcess;
  /**
   * Gives the least busy process to a call, which opens itself there before the callback returns. A model that left the memory is
   * brought up first. Rejects with `AdapterError('not-ready')` where the model takes no calls, and with the reason of the signal.
   */
  withProcess<Result>(signal: AbortSignal, use: (given: GivenProcess) => Result): Promise<Awaited<Result>>;
  close(): Promise<void>;
}

export interface ServedModel {
  readonly manifest: ModelManifest;
  /** Prompt and answer together. */
  readonly contextTokens: number;
}

export interface GivenProcess extends RunningProcess {
  /** How long the call has waited for the model to be brought up, in milliseconds. */
  readonly waitedMs: number;
}

export interface ModelSupervisorOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
  readonly acquire: AcquireModel;
}

/** A call waits no longer than this for other models to give memory back: another deployment may be free. */
const memoryPatienceMs = 10_000;

export function createModelSupervisor(given: ModelSupervisorOptions): ModelSupervisor {
  return new Supervisor(given);
}

class Supervisor implements ModelSupervisor {
  readonly #given: ModelSupervisorOptions;
  readonly #createRun: (callsWait: boolean) => ModelRun;
  readonly #share;
  readonly #load;
  readonly #closing = new AbortController();
  readonly #endings = new Set<Promise<void>>();
  readonly #tally = createModelTally();
  readonly #backOff: RestartBackOff;
  #run: ModelRun | undefined;
  #manifest: ModelManifest | undefined;
  #reloadProblem: string | undefined;
  #lastUsedMs: number;
  /** Calls that wait for the model to be brought up. */
  #waiting = 0;
  #cancelUnload: (() => void) | undefined;

  constructor(given: ModelSupervisorOptions) {
    this.#given = given;
    const { options, context } = given;
    const { local = createLocalResources(), clock } = context;
    const processes = processCount(options);
    this.#load = createLoadStateCell(
      options.start === 'on-demand' ? { step: 'unloaded', why: 'on-demand' } : { step: 'idle' },
    );
    this.#lastUsedMs = clock.monotonicMs();
    this.#share = local.join({
      processes,
      threads: options.threads,
      lastUsedMs: () => this.#lastUsedMs,
      idle: () => this.#isIdle(),
      leave: () => this.#takeOut('memory'),
    });
    this.#backOff = createRestartBackOff({ ...context, restart: options.restart });
    const share = this.#share;
    this.#createRun = (callsWait) => {
      const run: ModelRun = createModelRun({
        ...given,
        backOff: this.#backOff,
        share,
        processes,
        callsWait,
        memoryBytes: local.memoryBytes,
        onState: (state) => this.#runChanged(run, state),
        onIdle: () => this.#settle(),
        tally: this.#tally,
      });
      return run;
    };
  }

  readonly loading: ModelLoading = {
    state: () => this.#load.state(),
    onChange: (listener) => this.#load.onChange(listener),
    start: () => this.#begin({ callsWait: false }),
    unload: () => this.#unload(),
    reload: () => this.#reload(),
    status: () => this.#status(),
  };

  served(): ServedModel | undefined {
    if (this.#manifest === undefined) return undefined;
    const contextTokens = servedContext(this.#manifest, this.#given.options);
    return { manifest: this.#manifest, contextTokens };
  }

  process(): ModelProcess {
    const found = this.#run?.leastBusy();
    if (found === undefined) throw this.#notReady();
    return found.process;
  }

  async withProcess<Result>(
    signal: AbortSignal,
    use: (given: GivenProcess) => Result,
  ): Promise<Awaited<Result>> {
    return await (
      await this.#opened(signal, use)
    ).result;
  }

  async close(): Promise<void> {
    this.#closing.abort(new AdapterError('aborted', 'the adapter is closed'));
    this.#end();
    await Promise.all(this.#endings);
    this.#share.close();
    this.#load.set({ step: 'idle' });
  }

  /** What the callback gave, in an object: a promise in it is not waited for. */
  async #opened<Result>(
    signal: AbortSignal,
    use: (given: GivenProcess) => Result,
  ): Promise<{ readonly result: Result }> {
    const { clock } = this.#given.context;
    const begunMs = clock.monotonicMs();
    this.#waiting += 1;
    try {
      // Between the last look at the process and the call on it nothing else may happen.
      let found = this.#run?.leastBusy();
      if (found === undefined) {
        await this.#whenUp(signal);
        found = this.#run?.leastBusy();
      }
      if (found === undefined) throw this.#notReady();
      this.#lastUsedMs = clock.monotonicMs();
      this.#cancelUnload?.();
      this.#cancelUnload = undefined;
      return { result: use({ ...found, waitedMs: this.#lastUsedMs - begunMs }) };
    } finally {
      this.#waiting -= 1;
      this.#settle();
    }
  }

  /** Brings the model up for a call, where calls may do so. Resolves in the turn in which it takes calls. */
  async #whenUp(signal: AbortSignal): Promise<void> {
    const { clock } = this.#given.context;
    const patience = new AbortController();
    const cancelPatience = clock.after(memoryPatienceMs, () => {
      if (this.#run?.waitsForMemory === true) patience.abort(this.#notReady());
    });
    try {
      await this.#untilUp(AbortSignal.any([signal, patience.signal]));
    } finally {
      cancelPatience();
    }
  }

  async #untilUp(signal: AbortSignal): Promise<void> {
    while (this.#run?.leastBusy() === undefined) {
      this.#demand();
      const changed = Promise.withResolvers<void>();
      const stopListening = this.#load.onChange(() => changed.resolve());
      try {
        await orAborted(changed.promise, signal);
      } finally {
        stopListening();
      }
    }
  }

  /** Throws where calls do not wait for the model. */
  #demand(): void {
    const state = this.#load.state();
    switch (state.step) {
      case 'unloaded':
        if (state.why === 'operator') throw this.#notReady();
        this.#begin({ callsWait: true });
        return;
      case 'downloading':
      case 'converting':
      case 'loading':
        if (state.callsWait !== true) throw this.#notReady();
        return;
      case 'ready':
        // Its last process has ended this moment; the next state says so.
        return;
      case 'idle':
      case 'failed':
        throw this.#notReady();
    }
  }

  #begin({ callsWait }: { readonly callsWait: boolean }): void {
    if (this.#closing.signal.aborted) return;
    this.#run ??= this.#createRun(callsWait);
    this.#run.begin();
  }

  #runChanged(run: ModelRun, state: LoadState): void {
    if (this.#run !== run) return;
    this.#manifest = run.serving?.manifest ?? this.#manifest;
    this.#load.set(state);
    this.#settle();
  }

  #isIdle(): boolean {
    const run = this.#run;
    if (run === undefined || this.#waiting > 0 || run.busyWithVersions()) return false;
    if (this.#load.state().step !== 'ready') return false;
    return run.serving?.processes().every((process) => process.load().calls === 0) ?? false;
  }

  /** Looks whether the model has become idle, and then lets others know. */
  #settle(): void {
    if (!this.#isIdle()) return;
    this.#share.becameIdle();
    const { idleUnloadMs } = this.#given.options;
    if (idleUnloadMs === undefined || this.#cancelUnload !== undefined || !this.#isIdle()) return;
    this.#cancelUnload = this.#given.context.clock.after(idleUnloadMs, () => {
      if (this.#isIdle()) this.#takeOut('unused');
    });
  }

  #takeOut(why: 'memory' | 'unused'): void {
    this.#given.context.log.info({ why }, 'The model is taken out of memory; the next call brings it back.');
    this.#end();
    this.#tally.unloaded(why);
    this.#load.set({ step: 'unloaded', why });
  }

  async #unload(): Promise<void> {
    const run = this.#forget();
    this.#load.set({ step: 'unloaded', why: 'operator' });
    if (run !== undefined) {
      this.#tally.unloaded('operator');
      this.#track(Promise.race([run.idle(), whenAborted(this.#closing.signal)]).then(() => run.stop()));
    }
    await Promise.all(this.#endings);
  }

  #end(): void {
    const run = this.#forget();
    if (run !== undefined) this.#track(run.stop());
  }

  #forget(): ModelRun | undefined {
    const run = this.#run;
    this.#run = undefined;
    this.#cancelUnload?.();
    this.#cancelUnload = undefined;
    return run;
  }

  #track(ending: Promise<void>): void {
    this.#endings.add(ending);
    void ending.finally(() => this.#endings.delete(ending));
  }

  async #reload(): Promise<ReloadResult> {
    const result = (await this.#run?.reload()) ?? {
      outcome: 'failed',
      problem: `The model is not serving: ${describeLoadState(this.#load.state())}.`,
    };
    this.#reloadProblem = result.outcome === 'failed' ? result.problem : undefined;
    return result;
  }

  #status(): LocalModelStatus {
    return modelStatus({
      serving: this.#run?.serving,
      manifest: this.#manifest,
      slots: this.#given.options.slots,
      reloadProblem: this.#reloadProblem,
      counts: this.#tally.counts,
      work: this.#tally.work,
      crashLoop: this.#backOff.inLoop(),
    });
  }

  #notReady(): AdapterError {
    const { model } = this.#given.options;
    const state = describeLoadState(this.#load.state());
    return new AdapterError('not-ready', `the model ${model} takes no calls: ${state}`);
  }
}
