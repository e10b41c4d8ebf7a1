import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema, type OnnxAdapter } from '../../adapters/onnx/index.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { smollm2Gguf } from './real-downloads.ts';

export interface RealEngine {
  readonly adapter: OnnxAdapter;
  readonly importMs: number;
  readonly loadMs: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** SmolLM2-135M, imported anew and ready to answer. Options are those of the driver. */
export async function openRealEngine(options: Readonly<Record<string, unknown>> = {}): Promise<RealEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const directory = join(folder, 'smollm2-135m');
  const file = await smollm2Gguf();
  const importStartedMs = performance.now();
  await importGguf({ file, directory, name: 'smollm2-135m', source: 'test' });
  const importMs = performance.now() - importStartedMs;
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: 'smollm2-135m', path: directory, ...options }),
    conformanceContext({ deployment: 'smollm2-135m' }),
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
