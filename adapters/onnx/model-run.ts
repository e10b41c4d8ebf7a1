import type { AdapterContext } from '../contract.ts';
import type { LoadState, LocalShare, MemoryLease, ReloadResult } from '../local-contract.ts';
import type { AcquireModel } from './acquire-model.ts';
import { crashProblem, loadingState, problemOf } from './load-state.ts';
import { locateModel } from './locate-model.ts';
import { memoryNeed } from './memory-need.ts';
import type { ModelManifest } from './model-folder.ts';
import type { ModelProcess } from './model-process.ts';
import type { ModelTally } from './model-tally.ts';
import type { OnnxOptions } from './options.ts';
import { orAborted, pause, whenAborted } from './or-aborted.ts';
import type { ModelFolder } from './read-model-folder.ts';
import type { ReplicaState } from './replica.ts';
import type { RestartBackOff } from './restart-back-off.ts';
import { openServing, type Serving } from './serving.ts';

/** A model from where it is brought up to where it is taken down; in between it is brought up again after each failure. */
export interface ModelRun {
  readonly serving: Serving | undefined;
  /** Whether the model waits until others have given memory back. */
  readonly waitsForMemory: boolean;
  /** Brings the model up; whoever hears of its states knows the run by then. */
  begin(): void;
  /** The process for the next call. `undefined` where none takes calls. */
  leastBusy(): RunningProcess | undefined;
  /** Whether a version is being replaced, or calls of a replaced one are under way. */
  busyWithVersions(): boolean;
  reload(): Promise<ReloadResult>;
  /** Resolves as soon as no call is under way. */
  idle(): Promise<void>;
  /** Ends all processes, and calls under way with them. Safe to call twice. */
  stop(): Promise<void>;
}

export interface RunningProcess {
  readonly process: ModelProcess;
  readonly manifest: ModelManifest;
}

export interface ModelRunOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
  readonly acquire: AcquireModel;
  readonly share: LocalShare;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly backOff: RestartBackOff;
  /** A call began it: calls wait from the beginning. */
  readonly callsWait: boolean;
  readonly onState: (state: LoadState) => void;
  readonly onIdle: () => void;
  readonly tally: ModelTally;
}

/** The old version must go before the new one has room. */
class MakeRoom extends Error {}

export function createModelRun(given: ModelRunOptions): ModelRun {
  return new Run(given);
}

class Run implements ModelRun {
  readonly #given: ModelRunOptions;
  readonly #stop = new AbortController();
  #ended: Promise<void> | undefined;
  readonly #retiring = new Set<Promise<void>>();
  #serving: Serving | undefined;
  #callsWait: boolean;
  #waitsForMemory = false;
  #draining = false;
  #wasUp = false;
  #reloading: Promise<ReloadResult> | undefined;
  /** Rejects with what brings the version down that serves. */
  #down = Promise.withResolvers<never>();
  /** Resolves with the next state in which the model is up or has failed. */
  #outcome = Promise.withResolvers<LoadState>();

  constructor(given: ModelRunOptions) {
    this.#given = given;
    this.#callsWait = given.callsWait;
  }

  get serving(): Serving | undefined {
    return this.#serving;
  }

  get waitsForMemory(): boolean {
    return this.#waitsForMemory;
  }

  begin(): void {
    this.#ended ??= this.#keepUp();
  }

  leastBusy(): RunningProcess | undefined {
    const serving = this.#callsWait ? undefined : this.#serving;
    const process = serving?.leastBusy();
    return serving === undefined || process === undefined
      ? undefined
      : { process, manifest: serving.manifest };
  }

  busyWithVersions(): boolean {
    return this.#reloading !== undefined || this.#retiring.size > 0;
  }

  reload(): Promise<ReloadResult> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
      this.#given.onIdle();
    });
    return this.#reloading;
  }

  async idle(): Promise<void> {
    await Promise.all([this.#serving?.idle(), ...this.#retiring]);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the model is taken down'));
    await this.#ended;
    await Promise.all(this.#retiring);
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#bringUp(signal);
      } catch (failure) {
        if (!signal.aborted) await this.#waitAfter(failure, signal);
      }
    }
  }

  /** Ends, always with an error, once the model is down again. */
  async #bringUp(signal: AbortSignal): Promise<never> {
    const folder = await this.#locate(signal, (state) => this.#say(state));
    this.#say(loadingState(folder.manifest));
    this.#down = Promise.withResolvers();
    this.#down.promise.catch(() => undefined);
    this.#serve(await this.#open(folder, signal));
    try {
      return await orAborted(this.#down.promise, signal);
    } finally {
      const last = this.#serving;
      this.#serving = undefined;
      await last?.takeDown();
    }
  }

  #locate(signal: AbortSignal, onState: (state: LoadState) => void): Promise<ModelFolder> {
    onState(loadingState({ name: this.#given.options.model, files: [] }));
    return locateModel({ ...this.#given, signal, onState });
  }

  /** Waits until there is memory for it. */
  async #open(folder: ModelFolder, signal: AbortSignal): Promise<Serving> {
    const { share } = this.#given;
    const { bytes, processes } = memoryNeed(folder.manifest, this.#given);
    const lease = await this.#reserve(bytes, folder.manifest, signal);
    const serving: Serving = openServing({
      ...this.#given,
      folder,
      lease,
      processes,
      threads: share.threads(),
      onState: (state) => this.#replicaChanged(serving, state),
    });
    return serving;
  }

  async #reserve(bytes: number, manifest: ModelManifest, signal: AbortSignal): Promise<MemoryLease> {
    const { share } = this.#given;
    this.#waitsForMemory = !share.fits(bytes);
    if (this.#waitsForMemory) {
      const what = `${manifest.name}, which waits for the memory of other models`;
      this.#say({ ...loadingState(manifest), what });
    }
    try {
      return await share.reserve(bytes, signal);
    } finally {
      this.#waitsForMemory = false;
    }
  }

  #replicaChanged(serving: Serving, replica: ReplicaState): void {
    if (replica.type === 'crashed') this.#given.tally.crashed();
    if (this.#serving === serving && !this.#draining) this.#tell(serving);
  }

  #tell(serving: Serving): void {
    const state = serving.state();
    switch (state.type) {
      case 'up':
        this.#callsWait = false;
        this.#wasUp = true;
        this.#say({ step: 'ready' });
        return;
      case 'starting':
        this.#say(loadingState(serving.manifest));
        return;
      case 'crashed':
        this.#say({ step: 'failed', problem: crashProblem, retryAtMs: state.retryAtMs });
    }
  }

  #serve(serving: Serving): void {
    this.#serving = serving;
    const down = this.#down;
    void this.#watch(serving, down);
  }

  async #watch(serving: Serving, down: PromiseWithResolvers<never>): Promise<void> {
    const reason = await serving.ended;
    if (this.#serving === serving) down.reject(reason);
  }

  #say(state: LoadState): void {
    if ('what' in state) {
      this.#given.onState(this.#callsWait ? { ...state, callsWait: true } : state);
      return;
    }
    this.#given.onState(state);
    if (state.step !== 'ready' && state.step !== 'failed') return;
    this.#outcome.resolve(state);
    this.#outcome = Promise.withResolvers();
  }

  async #waitAfter(failure: unknown, signal: AbortSignal): Promise<void> {
    if (failure instanceof MakeRoom) return;
    const { context, backOff } = this.#given;
    const { clock, log } = context;
    // What served a moment ago and cannot be brought up again was changed on the disk: it is looked at anew, soon.
    const delayMs = this.#wasUp ? backOff.afterCrashMs() : backOff.afterLoadFailureMs();
    this.#wasUp = false;
    log.error({ err: failure, retryInMs: delayMs }, 'The model is down.');
    this.#callsWait = false;
    this.#say({ step: 'failed', problem: problemOf(failure), retryAtMs: clock.wallMs() + delayMs });
    await pause(clock, delayMs, signal);
  }

  async #reload(): Promise<ReloadResult> {
    const { signal } = this.#stop;
    try {
      const old = this.#serving;
      if (old === undefined || old.state().type !== 'up') return failed('The model is not serving.');
      const folder = await this.#locate(signal, () => undefined);
      const { version } = folder.manifest;
      if (version === old.manifest.version) return { outcome: 'unchanged' };
      return await this.#changeTo(folder, old, signal);
    } catch (error) {
      if (signal.aborted) return failed('The model was taken down.');
      this.#given.context.log.error({ err: error }, 'A new version of the model could not be loaded.');
      return failed(problemOf(error));
    }
  }

  async #changeTo(folder: ModelFolder, old: Serving, signal: AbortSignal): Promise<ReloadResult> {
    const { manifest } = folder;
    const { bytes } = memoryNeed(manifest, this.#given);
    if (!this.#given.share.fits(bytes)) return await this.#changeAfter(manifest, old, signal);
    const fresh = await this.#open(folder, signal);
    try {
      await orAborted(fresh.warm, signal);
    } catch (error) {
      await fresh.takeDown();
      throw error;
    }
    if (this.#serving !== old) {
      await fresh.takeDown();
      return failed('The model went down while its new version was being loaded.');
    }
    this.#serve(fresh);
    this.#retire(old, signal);
    this.#tell(fresh);
    return this.#changed();
  }

  /** There is no memory for two versions: calls under way end first, and new ones wait. */
  async #changeAfter(manifest: ModelManifest, old: Serving, signal: AbortSignal): Promise<ReloadResult> {
    this.#given.context.log.warn(
      {},
      'There is no memory for two versions: the old one goes before the new one comes.',
    );
    this.#draining = true;
    this.#callsWait = true;
    this.#say(loadingState(manifest));
    try {
      await orAborted(old.idle(), signal);
    } finally {
      this.#draining = false;
    }
    const outcome = this.#outcome.promise;
    this.#down.reject(new MakeRoom());
    const state = await orAborted(outcome, signal);
    return state.step === 'failed' ? failed(state.problem) : this.#changed();
  }

  #changed(): ReloadResult {
    this.#given.tally.swapped();
    return { outcome: 'replaced' };
  }

  /** Lets a replaced version end its calls. */
  #retire(old: Serving, signal: AbortSignal): void {
    const retired = (async () => {
      await Promise.race([old.idle(), whenAborted(signal)]);
      await old.takeDown();
    })();
    this.#retiring.add(retired);
    void retired.finally(() => {
      this.#retiring.delete(retired);
      this.#given.onIdle();
    });
  }
}

function failed(problem: string): ReloadResult {
  return { outcome: 'failed', problem };
}
