import type { AdapterClock, AdapterLog } from '../contract.ts';
import { ProcessCrash, type ModelProcess } from './model-process.ts';
import { orAborted, pause } from './or-aborted.ts';
import type { RestartBackOff } from './restart-back-off.ts';

export type ReplicaState =
  | { readonly type: 'starting' }
  | { readonly type: 'up'; readonly process: ModelProcess }
  /** Times are wall-clock milliseconds. */
  | { readonly type: 'crashed'; readonly retryAtMs: number };

/** One process of a model, brought up again after each crash. */
export interface Replica {
  state(): ReplicaState;
  /** Rejects once the process is down for good: with `LoadFailure`, or with the reason of the signal. */
  readonly ended: Promise<never>;
}

export interface ReplicaOptions {
  readonly start: () => ModelProcess;
  /** Resolves once the loaded process is fit for calls. */
  readonly warmUp: (process: ModelProcess) => Promise<void>;
  readonly backOff: RestartBackOff;
  readonly clock: AdapterClock;
  readonly log: AdapterLog;
  /** Ends the process, and calls under way with it. */
  readonly signal: AbortSignal;
  readonly onState: (state: ReplicaState) => void;
  /** Told how long the process took from its start until it was fit for calls. */
  readonly onUp: (tookMs: number) => void;
}

export function createReplica(options: ReplicaOptions): Replica {
  const { backOff, clock, log, signal } = options;
  let current: ReplicaState = { type: 'starting' };

  function set(state: ReplicaState): void {
    current = state;
    options.onState(state);
  }

  /** Resolves with the crash that ended the process. */
  async function live(): Promise<ProcessCrash> {
    const startedMs = clock.monotonicMs();
    const process = options.start();
    try {
      await orAborted(process.loaded, signal);
      await orAborted(Promise.race([options.warmUp(process), throwCrash(process)]), signal);
      const tookMs = clock.monotonicMs() - startedMs;
      log.info({ pid: process.pid, tookMs }, 'The model process is up.');
      options.onUp(tookMs);
      set({ type: 'up', process });
      return await orAborted(process.ended, signal);
    } catch (error) {
      if (error instanceof ProcessCrash && !signal.aborted) return error;
      throw error;
    } finally {
      await process.stop();
    }
  }

  async function keepUp(): Promise<never> {
    for (;;) {
      const crash = await live();
      const delayMs = backOff.afterCrashMs();
      log.error({ err: crash, retryInMs: delayMs }, 'A model process has ended.');
      set({ type: 'crashed', retryAtMs: clock.wallMs() + delayMs });
      await pause(clock, delayMs, signal);
      signal.throwIfAborted();
      set({ type: 'starting' });
    }
  }

  return { state: () => current, ended: keepUp() };
}

async function throwCrash({ ended }: ModelProcess): Promise<never> {
  throw await ended;
}
