import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { importGguf, type ImportGgufOptions } from '../../../adapters/onnx/import/index.ts';
import type { ModelManifest } from '../../../adapters/onnx/model-folder.ts';
import { ggufBytes, type GgufContent } from '../../support/gguf-bytes.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'import-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface ImportScene {
  /** A GGUF file. */
  readonly file: string;
  /** Holds nothing before the import; the model goes to `models/tiny`. */
  readonly models: string;
  readonly directory: string;
  run(options?: Partial<ImportGgufOptions>): Promise<ModelManifest>;
}

/** A GGUF file with this content, ready to be imported. Gone after the test. */
export async function importScene(content: GgufContent | Uint8Array): Promise<ImportScene> {
  const folder = await temporaryFolder();
  const file = join(folder, 'tiny.gguf');
  const models = join(folder, 'models');
  const directory = join(models, 'tiny');
  await writeFile(file, content instanceof Uint8Array ? content : ggufBytes(content));
  return {
    file,
    models,
    directory,
    run: (options = {}) =>
      importGguf({ file, directory, name: 'tiny', source: 'gguf:tiny.gguf', ...options }),
  };
}
