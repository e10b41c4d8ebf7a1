import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterContext, AdapterLog, ModelCall } from '../../adapters/contract.ts';
import type { LoadState } from '../../adapters/local-contract.ts';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema, type OnnxAdapter } from '../../adapters/onnx/index.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { writeTinyGguf, type TinyGgufOptions } from '../support/tiny-gguf.ts';

export interface TinyModelOptions {
  readonly gguf?: TinyGgufOptions;
  /** Options of the driver besides `model` and `path`. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<AdapterContext>;
}

/** A tiny model that answers gibberish in a process of its own. */
export interface TinyModel {
  readonly adapter: OnnxAdapter;
  /** Its folder. */
  readonly directory: string;
  /** Everything logged so far, each entry as JSON. */
  readonly logged: string[];
  /** Resolves with the first state that is of this step, the present one included. */
  reached<Step extends LoadState['step']>(step: Step): Promise<Extract<LoadState, { step: Step }>>;
  /** Starts the model and resolves once it serves. */
  ready(): Promise<TinyModel>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Imports the model; nothing is started yet. */
export async function openTinyModel({
  gguf = {},
  options = {},
  context = {},
}: TinyModelOptions = {}): Promise<TinyModel> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-model-'));
  const directory = join(folder, 'tiny');
  await writeTinyGguf(join(folder, 'tiny.gguf'), { contextTokens: 4096, neverEnds: true, ...gguf });
  await importGguf({ file: join(folder, 'tiny.gguf'), directory, name: 'tiny', source: 'gguf:tiny.gguf' });
  const logged: string[] = [];
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: 'tiny', path: directory, threads: 1, ...options }),
    conformanceContext({
      deployment: 'tiny',
      modelsDirectory: folder,
      log: recordingLog(logged),
      ...context,
    }),
  );
  const model: TinyModel = {
    adapter,
    directory,
    logged,
    reached: (step) => reached(adapter, step),
    async ready() {
      adapter.loading?.start();
      const state = await Promise.race([reached(adapter, 'ready'), reached(adapter, 'failed')]);
      if (state.step === 'failed') throw new Error(`the tiny model failed: ${state.problem}`);
      return model;
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return model;
}

export function ask(prompt: string, sampling: ModelCall['sampling'] = {}): ModelCall {
  return { messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }], sampling };
}

function reached<Step extends LoadState['step']>(
  { loading }: OnnxAdapter,
  step: Step,
): Promise<Extract<LoadState, { step: Step }>> {
  return new Promise((resolve) => {
    const look = (state: LoadState): void => {
      if (!isStep(state, step)) return;
      stop?.();
      resolve(state);
    };
    const stop = loading?.onChange(look);
    look(loading?.state() ?? { step: 'idle' });
  });
}

function isStep<Step extends LoadState['step']>(
  state: LoadState,
  step: Step,
): state is Extract<LoadState, { step: Step }> {
  return state.step === step;
}

function recordingLog(logged: string[]): AdapterLog {
  const record = (fields: object, message: string): void => {
    logged.push(
      JSON.stringify({ message, ...fields, err: 'err' in fields ? String(fields.err) : undefined }),
    );
  };
  return { debug: record, info: record, warn: record, error: record };
}
