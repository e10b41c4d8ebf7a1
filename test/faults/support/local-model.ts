import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importGguf } from '../../../adapters/onnx/import/index.ts';
import { writeTinyGguf } from '../../support/tiny-gguf.ts';

/** A model of a few hundred kilobytes that answers gibberish, for a catalogue file. */
export interface LocalModel extends AsyncDisposable {
  /** The entry of the catalogue; serves the model `chat`, after the providers. */
  readonly deployment: object;
}

/** `options` are those of the driver, besides its own. */
export async function createLocalModel(options: object = {}): Promise<LocalModel> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-faults-model-'));
  const directory = join(folder, 'tiny');
  const file = join(folder, 'tiny.gguf');
  await writeTinyGguf(file, { contextTokens: 4096, neverEnds: true });
  await importGguf({ file, directory, name: 'tiny', source: 'gguf:tiny.gguf' });
  return {
    deployment: {
      name: 'local',
      model: 'chat',
      kind: 'onnx',
      options: { model: 'tiny', path: directory, threads: 1, ...options },
      local: true,
      quality: 0.1,
      latency: { firstTokenMs: 100, outputTokensPerSecond: 500 },
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

/** The processes that the gateway has started: one for each local model that is up. */
export function childrenOf(pid: number | undefined): readonly number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    // pgrep ends with 1 where it finds none.
    return [];
  }
}
