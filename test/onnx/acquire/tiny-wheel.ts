import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PypiSource } from '../../../adapters/onnx/acquire/sources.ts';
import { sha256 } from './fake-hub.ts';

export interface TinyWheel {
  readonly file: string;
  readonly source: PypiSource;
}

export const wheelName = 'tiny_model-1.0-py3-none-any.whl';

const writeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel, open(sys.argv[2], 'rb') as model:
    wheel.writestr('tiny_model/model.gguf', model.read())
    wheel.writestr('tiny_model-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny-model\\nVersion: 1.0\\n')
    wheel.writestr('tiny_model-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('tiny_model-1.0.dist-info/RECORD', '')
`;

/** A wheel in a folder that pip takes as an index, with a file in it, and the source that names both. */
export async function makeTinyWheel(folder: string, model: string): Promise<TinyWheel> {
  const file = join(folder, wheelName);
  await promisify(execFile)('python3', ['-c', writeWheel, file, model]);
  const source: PypiSource = {
    kind: 'pypi',
    package: 'tiny-model',
    version: '1.0',
    sha256s: [sha256(await readFile(file))],
    file: 'tiny_model/model.gguf',
    fileSha256: sha256(await readFile(model)),
  };
  return { file, source };
}
