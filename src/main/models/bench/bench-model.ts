import { availableParallelism, cpus } from 'node:os';
import { basename } from 'node:path';
import type { ModelAdapter } from '../../../../adapters/contract.ts';
import type { LoadState } from '../../../../adapters/local-contract.ts';
import { createLocalResources } from '../../../../adapters/index.ts';
import { createOnnxAdapter, onnxOptionsSchema } from '../../../../adapters/onnx/index.ts';
import type { ModelManifest } from '../../../../adapters/onnx/model-folder.ts';
import { readModelFolder } from '../../../../adapters/onnx/read-model-folder.ts';
import { systemClock as clock } from '../../../platform/clock.ts';
import { ConfigurationError } from '../../../platform/configuration-error.ts';
import type { BenchFigure } from './figures.ts';
import { measureDecoder } from './measure-decoder.ts';
import { measureEncoder } from './measure-encoder.ts';

export interface BenchOptions {
  /** The model's folder. */
  readonly directory: string;
  /** Who ask at once. @default 8 for a model that writes, 50 for an encoder */
  readonly callers: number | undefined;
  /** See `SWITCHYARD_LOCAL_MEMORY_BYTES`. */
  readonly memoryBytes: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

export interface BenchReport {
  readonly model: string;
  readonly version: string;
  readonly machine: { readonly processor: string; readonly cores: number };
  readonly callers: number;
  readonly figures: readonly BenchFigure[];
}

/**
 * Measures a model in a process of its own, as a gateway runs it: with the same options, those that a catalogue has where it says
 * nothing. Takes about ten seconds for a small model, and needs nothing but its folder.
 * @throws LoadFailure for what is wrong with the folder, ConfigurationError where the model cannot be brought up.
 */
export async function benchModel(options: BenchOptions): Promise<BenchReport> {
  const { directory, signal, onProgress } = options;
  const { manifest } = await readModelFolder(directory, signal);
  const callers = options.callers ?? (manifest.graph === 'encoder' ? 50 : 8);
  await using resources = new AsyncDisposableStack();
  const adapter = openModel(options);
  resources.defer(async () => await adapter.close());

  onProgress('loading', 0, 1);
  const startedMs = clock.monotonicMs();
  await untilReady(adapter, signal);
  const loadMs = clock.monotonicMs() - startedMs;
  const speeds = await speedsOf({ adapter, manifest, callers, options });
  return {
    model: manifest.name,
    version: manifest.version,
    machine: { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() },
    callers,
    figures: [
      { key: 'loadMs', what: 'load', value: loadMs, unit: 'ms' },
      ...speeds,
      { key: 'residentBytes', what: 'resident memory', value: residentBytes(adapter), unit: 'bytes' },
    ],
  };
}

function openModel({ directory, memoryBytes }: BenchOptions): ModelAdapter {
  const model = basename(directory);
  return createOnnxAdapter(onnxOptionsSchema.parse({ model, path: directory }), {
    deployment: model,
    modelsDirectory: directory,
    local: createLocalResources({ memoryBytes }),
    clock,
    random: Math.random,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

/** What keeps the model down is told as its state. */
function ignore(): void {
  // Nothing is lost.
}

async function untilReady({ loading }: ModelAdapter, signal: AbortSignal): Promise<void> {
  if (loading === undefined) throw new Error('the model is not loaded by this process');
  const ready = Promise.withResolvers<void>();
  const onAbort = (): void => ready.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const stop = loading.onChange((state: LoadState) => {
    if (state.step === 'ready') ready.resolve();
    if (state.step === 'failed') ready.reject(new ConfigurationError(state.problem));
  });
  try {
    signal.throwIfAborted();
    loading.start();
    await ready.promise;
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

interface Loaded {
  readonly adapter: ModelAdapter;
  readonly manifest: ModelManifest;
  readonly callers: number;
  readonly options: BenchOptions;
}

async function speedsOf({ adapter, manifest, callers, options }: Loaded): Promise<readonly BenchFigure[]> {
  const { signal } = options;
  const onProgress = (done: number, total: number): void => options.onProgress('measuring', done, total);
  const common = { adapter, callers, clock, signal, onProgress };
  if (manifest.graph === 'encoder') return await measureEncoder({ ...common, task: manifest.encoder.task });
  const { contextTokens = 0 } = adapter.traits();
  return await measureDecoder({ ...common, endTokens: manifest.tokens.eos, contextTokens });
}

/** As the process last said, within the last quarter of a second of its work. */
function residentBytes({ loading }: ModelAdapter): number {
  return (loading?.status().processes ?? []).reduce((sum, process) => sum + (process.residentBytes ?? 0), 0);
}
