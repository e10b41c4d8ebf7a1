import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema, type OnnxAdapter } from '../../../adapters/onnx/index.ts';
import { conformanceContext } from '../../conformance/fixture.ts';
import { writeTinyBert, type TinyBert } from '../../support/tiny-bert.ts';

type Options = Readonly<Record<string, unknown>>;

/** The model, imported and ready in a process of its own until the test ends. */
export async function openTinyEncoder(bert: TinyBert, options: Options = {}): Promise<OnnxAdapter> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-encoder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const directory = join(folder, 'tiny');
  const file = await writeTinyBert(join(folder, 'source'), bert);
  await importEncoder({ file, directory, name: 'tiny', source: 'test' });
  return await openFolder(directory, options);
}

/** The model of a folder, ready in a process of its own until the test ends. Throws the problem of one that does not load. */
export async function openFolder(directory: string, options: Options = {}): Promise<OnnxAdapter> {
  const adapter = createOnnxAdapter(
    onnxOptionsSchema.parse({ model: 'tiny', path: directory, threads: 1, ...options }),
    conformanceContext({ deployment: 'tiny' }),
  );
  onTestFinished(() => adapter.close());
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
