import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  manifestFileName,
  modelManifestSchema,
  type ModelManifest,
} from '../../../adapters/onnx/model-folder.ts';
import { adapterErrorOf, partsOf } from '../../conformance/observe.ts';
import { ask, openTinyModel, type TinyModel, type TinyModelOptions } from '../tiny-model.ts';

/**
 * What a model that was spoilt before its start says of itself. Mended, it serves: the gateway, here the test's own process, is as well as
 * ever.
 */
export async function problemOf(
  spoil: (directory: string) => Promise<void>,
  options?: TinyModelOptions,
): Promise<string> {
  await using model = await openTinyModel(options);
  await spoil(model.directory);
  const { problem, retryAtMs } = await startToFail(model);
  expect(retryAtMs).toBeGreaterThan(Date.now());
  expect(problem).not.toContain(model.directory);
  const error = await adapterErrorOf(partsOf(model.adapter, ask('Hello')), 'not-ready');
  expect(error.message).toContain(problem);
  return problem;
}

export function startToFail(model: TinyModel): ReturnType<typeof model.reached<'failed'>> {
  model.adapter.loading?.start();
  return model.reached('failed');
}

/** Replaces or adds a file and makes the manifest agree, as the publisher of a hostile folder would. */
export async function replaceFile(
  directory: string,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await writeFile(join(directory, path), content);
  const entry = {
    path,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  };
  await changeManifest(directory, (manifest) => ({
    ...manifest,
    files: [...manifest.files.filter((file) => file.path !== path), entry],
  }));
}

export async function readManifest(directory: string): Promise<ModelManifest> {
  return modelManifestSchema.parse(JSON.parse(await readFile(join(directory, manifestFileName), 'utf8')));
}

export async function changeManifest(
  directory: string,
  change: (manifest: ModelManifest) => ModelManifest,
): Promise<void> {
  const changed = change(await readManifest(directory));
  await writeFile(join(directory, manifestFileName), JSON.stringify(changed));
}

/** Changes a JSON file of the folder; the manifest agrees afterwards. */
export async function changeJson(
  directory: string,
  path: string,
  change: (content: Record<string, unknown>) => unknown,
): Promise<void> {
  // JSON of our own import, an object.
  const content = JSON.parse(await readFile(join(directory, path), 'utf8')) as Record<string, unknown>;
  await replaceFile(directory, path, JSON.stringify(change(content)));
}
