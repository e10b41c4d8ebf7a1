import type { AdapterContext } from '../contract.ts';
import type { MemoryLease } from '../local-contract.ts';
import { contextTokensOf, type ModelManifest } from './model-folder.ts';
import { startModelProcess, type ModelProcess, type ModelProcessOptions } from './model-process.ts';
import type { ModelTally } from './model-tally.ts';
import type { OnnxOptions } from './options.ts';
import type { ModelFolder } from './read-model-folder.ts';
import { createReplica, type Replica, type ReplicaState } from './replica.ts';
import type { RestartBackOff } from './restart-back-off.ts';
import { warmUp } from './warm-up.ts';

/** A version of a model in memory: its processes, kept up, and the memory reserved for them. */
export interface Serving {
  readonly manifest: ModelManifest;
  readonly reservedBytes: number;
  /** Resolves once all processes answer; rejects with why they do not. */
  readonly warm: Promise<void>;
  /** Resolves with what ended it for good: a `LoadFailure`, or the reason of the take-down. */
  readonly ended: Promise<unknown>;
  /** Whether some process answers, is being started, or waits until a time, on the wall clock, after its crash. */
  state(): ServingState;
  /** The process for the next call: the one with the fewest. `undefined` where none takes calls. */
  leastBusy(): ModelProcess | undefined;
  /** Those that answer. */
  processes(): readonly ModelProcess[];
  /** Resolves as soon as no process works on a call. */
  idle(): Promise<void>;
  /** Ends the processes, and calls under way with them, and gives the memory back. Safe to call twice. */
  takeDown(): Promise<void>;
}

export type ServingState =
  | { readonly type: 'up' }
  | { readonly type: 'starting' }
  | { readonly type: 'crashed'; readonly retryAtMs: number };

export interface ServingOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
  readonly folder: ModelFolder;
  readonly lease: MemoryLease;
  readonly processes: number;
  /** Of each process. */
  readonly threads: number;
  readonly backOff: RestartBackOff;
  readonly onState: (state: ReplicaState) => void;
  /** Told whenever a process has ended its last call. */
  readonly onIdle: () => void;
  readonly tally: Pick<ModelTally, 'up' | 'worked'>;
}

/** A process above its reservation by so much has a leak, or the estimate is wrong for its model. */
const toleratedExcess = 1.5;

export function openServing(given: ServingOptions): Serving {
  const { folder, lease, context, backOff } = given;
  const { manifest } = folder;
  const down = new AbortController();
  const warm = Promise.withResolvers<void>();
  const replicas: readonly Replica[] = Array.from({ length: given.processes }, () =>
    createReplica({
      backOff,
      clock: context.clock,
      log: context.log,
      signal: down.signal,
      onUp: given.tally.up,
      start: () => startModelProcess(processOptions(given)),
      warmUp: (process) => warmUp(process, manifest),
      onState(state) {
        if (replicas.every((replica) => replica.state().type === 'up')) warm.resolve();
        given.onState(state);
      },
    }),
  );
  const ended = Promise.race(replicas.map((replica) => replica.ended)).catch((reason: unknown) => {
    warm.reject(reason);
    return reason;
  });
  // Not everybody who opens one waits for it.
  warm.promise.catch(() => undefined);

  const processes = (): readonly ModelProcess[] =>
    replicas.flatMap((replica) => {
      const state = replica.state();
      return state.type === 'up' ? [state.process] : [];
    });

  async function takeDown(): Promise<void> {
    down.abort(new Error('the model is taken down'));
    await Promise.allSettled(replicas.map((replica) => replica.ended));
    lease.release();
  }
  return {
    manifest,
    reservedBytes: lease.bytes,
    warm: warm.promise,
    ended,
    state: () => stateOf(replicas),
    leastBusy: () => leastBusy(processes()),
    processes,
    async idle() {
      await Promise.all(processes().map((process) => process.idle()));
    },
    takeDown,
  };
}

function stateOf(replicas: readonly Replica[]): ServingState {
  const states = replicas.map((replica) => replica.state());
  if (states.some(({ type }) => type === 'up')) return { type: 'up' };
  if (states.some(({ type }) => type === 'starting')) return { type: 'starting' };
  const retriesAtMs = states.flatMap((state) => (state.type === 'crashed' ? [state.retryAtMs] : []));
  return { type: 'crashed', retryAtMs: Math.min(...retriesAtMs) };
}

function leastBusy(processes: readonly ModelProcess[]): ModelProcess | undefined {
  let best: { readonly process: ModelProcess; readonly calls: number } | undefined;
  for (const process of processes) {
    const { calls } = process.load();
    if (process.takesCalls() && (best === undefined || calls < best.calls)) best = { process, calls };
  }
  return best?.process;
}

function processOptions(given: ServingOptions): ModelProcessOptions {
  const { options, context, folder, threads, lease, tally, onIdle } = given;
  const { clock, log } = context;
  const { directory, manifest } = folder;
  const { slots, maxQueue, prefixCacheBytes, batchWindowMs, loadTimeoutMs, stallTimeoutMs } = options;
  const { maxResidentBytes = (toleratedExcess * lease.bytes) / given.processes } = options;
  const contextTokens = servedContext(manifest, options);
  return {
    load: {
      directory,
      manifest,
      settings: { threads, slots, maxQueue, prefixCacheBytes, batchWindowMs, contextTokens },
    },
    limits: { stallTimeoutMs, maxResidentBytes },
    loadTimeoutMs,
    clock,
    log,
    onIdle,
    onWork: tally.worked,
  };
}

/** Prompt and answer together: what the model holds, or less where its operator says so. */
export function servedContext(manifest: ModelManifest, { maxContextTokens }: OnnxOptions): number {
  return Math.min(contextTokensOf(manifest), maxContextTokens);
}
