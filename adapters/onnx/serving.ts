import type { AdapterContext } from '../contract.ts';
import { LoadFailure } from './load-failure.ts';
import { createLocalMemory } from './local-memory.ts';
import { estimateMemory, overBudget } from './memory-estimate.ts';
import { contextTokensOf, type ModelManifest } from './model-folder.ts';
import { startModelProcess, type ModelProcess, type ModelProcessOptions } from './model-process.ts';
import type { OnnxOptions } from './options.ts';
import { orAborted } from './or-aborted.ts';
import type { ModelFolder } from './read-model-folder.ts';

/** A model that is up, with the memory that is reserved for it. */
export interface Serving {
  readonly process: ModelProcess;
  readonly version: string;
  readonly reservedBytes: number;
  /** Ends the process and gives its memory back. */
  takeDown(): Promise<void>;
}

export interface ServingOptions {
  readonly options: OnnxOptions;
  readonly context: AdapterContext;
}

/** A process above its reservation by so much has a leak, or the estimate is wrong for its model. */
const toleratedExcess = 1.5;

/** Reserves the memory, starts the process and resolves once it answers. Throws `LoadFailure`, `ProcessCrash` or the signal's reason. */
export async function startServing(
  folder: ModelFolder,
  given: ServingOptions,
  signal: AbortSignal,
): Promise<Serving> {
  const { context, options } = given;
  const { clock, log, localMemory = createLocalMemory() } = context;
  const { manifest } = folder;
  const estimate = estimateMemory(manifest, { ...options, contextTokens: servedContext(manifest, options) });
  const lease = localMemory.reserve(estimate.totalBytes);
  if (lease === undefined) {
    const { totalBytes } = localMemory;
    const reservedBytes = localMemory.reservedBytes();
    throw new LoadFailure(overBudget(manifest.name, estimate, { totalBytes, reservedBytes }));
  }
  const startedMs = clock.monotonicMs();
  const process = startModelProcess(processOptions(folder, given, estimate.totalBytes));
  async function takeDown(): Promise<void> {
    await process.stop();
    lease?.release();
  }
  try {
    await orAborted(process.loaded, signal);
  } catch (error) {
    await takeDown();
    throw error;
  }
  log.info({ pid: process.pid, tookMs: clock.monotonicMs() - startedMs }, 'The model process is up.');
  return { process, version: manifest.version, reservedBytes: lease.bytes, takeDown };
}

function processOptions(
  { directory, manifest }: ModelFolder,
  { options, context: { clock, log } }: ServingOptions,
  reservedBytes: number,
): ModelProcessOptions {
  const { threads, slots, maxQueue, prefixCacheBytes, batchWindowMs, loadTimeoutMs } = options;
  const contextTokens = servedContext(manifest, options);
  const { stallTimeoutMs, maxResidentBytes = toleratedExcess * reservedBytes } = options;
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
  };
}

/** Prompt and answer together: what the model holds, or less where its operator says so. */
export function servedContext(manifest: ModelManifest, { maxContextTokens }: OnnxOptions): number {
  return Math.min(contextTokensOf(manifest), maxContextTokens);
}
