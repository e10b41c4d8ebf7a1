import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importEncoder, importGguf } from '../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema, type OnnxAdapter } from '../../adapters/onnx/index.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { miniLmWeights, smollm2Gguf } from './real-downloads.ts';

export interface RealEngine {
  readonly adapter: OnnxAdapter;
  readonly importMs: number;
  readonly loadMs: number;
  [Symbol.asyncDispose](): Promise<void>;
}

type Options = Readonly<Record<string, unknown>>;

/** SmolLM2-135M, imported anew and ready to answer. Options are those of the driver. */
export async function openRealEngine(options: Options = {}): Promise<RealEngine> {
  const file = await smollm2Gguf();
  return await openImported('smollm2-135m', options, (model) => importGguf({ ...model, file }));
}

/** all-MiniLM-L6-v2, imported anew and ready to embed. */
export async function openRealEncoder(options: Options = {}): Promise<RealEngine> {
  const file = await miniLmWeights();
  return await openImported('all-minilm-l6-v2', options, (model) => importEncoder({ ...model, file }));
}

interface ModelToMake {
  readonly name: string;
  readonly directory: string;
  readonly source: string;
}

async function openImported(
  name: string,
  options: Options,
  make: (model: ModelToMake) => Promise<unknown>,
): Promise<RealEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const directory = join(folder, name);
  const importStartedMs = performance.now();
  await make({ name, directory, source: 'test' });
  const importMs = performance.now() - importStartedMs;
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: name, path: directory, ...options }),
    conformanceContext({ deployment: name }),
  );
  const loadStartedMs = performance.now();
  await ready(adapter);
  return {
    adapter,
    importMs,
    loadMs: performance.now() - loadStartedMs,
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(adapter: OnnxAdapter): Promise<void> {
  const loaded = Promise.withResolvers<void>();
  adapter.loading?.onChange((state) => {
    if (state.step === 'ready') loaded.resolve();
    if (state.step === 'failed') loaded.reject(new Error(state.problem));
  });
  adapter.loading?.start();
  await loaded.promise;
}
