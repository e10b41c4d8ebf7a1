import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema, type OnnxAdapter } from '../../../adapters/onnx/index.ts';
import { conformanceContext } from '../../conformance/fixture.ts';
import { writeTinyBert, type TinyBert } from '../../support/tiny-bert.ts';

/** The model, imported and ready in a process of its own until the test ends. */
export async function openTinyEncoder(
  bert: TinyBert,
  options: Readonly<Record<string, unknown>> = {},
): Promise<OnnxAdapter> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-encoder-'));
  const directory = join(folder, 'tiny');
  const file = await writeTinyBert(join(folder, 'source'), bert);
  await importEncoder({ file, directory, name: 'tiny', source: 'test' });
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: 'tiny', path: directory, threads: 1, ...options }),
    conformanceContext({ deployment: 'tiny' }),
  );
  onTestFinished(async () => {
    await adapter.close();
    await rm(folder, { recursive: true, force: true });
  });
  const ready = Promise.withResolvers<void>();
  adapter.loading?.onChange((state) => {
    if (state.step === 'ready') ready.resolve();
    if (state.step === 'failed') ready.reject(new Error(state.problem));
  });
  adapter.loading?.start();
  await ready.promise;
  return adapter;
}

export const anySignal = (): AbortSignal => new AbortController().signal;
