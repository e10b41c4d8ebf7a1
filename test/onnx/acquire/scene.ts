import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AcquireProgress, AcquireRequest } from '../../../adapters/onnx/acquire-model.ts';
import { startFakeHub, type FakeHub } from './fake-hub.ts';

/** The small files of a model folder, as a publisher of ONNX models lays them out. */
export const tinyConfig = {
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  hidden_size: 64,
  vocab_size: 260,
  max_position_embeddings: 512,
  bos_token_id: 1,
  eos_token_id: 2,
};

export const tinyFiles: Readonly<Record<string, Buffer>> = {
  'config.json': json(tinyConfig),
  'generation_config.json': json({ bos_token_id: 1, eos_token_id: [2, 3] }),
  'tokenizer.json': json({ model: {} }),
  'tokenizer_config.json': json({ chat_template: '' }),
  'onnx/model_q4.onnx': Buffer.alloc(3_000_000, 'weights of a tiny model '),
};

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'acquire-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A hub that is gone after the test. */
export async function fakeHub(files = tinyFiles): Promise<FakeHub> {
  const hub = await startFakeHub(files);
  onTestFinished(() => hub[Symbol.asyncDispose]());
  return hub;
}

export type Scene = AcquireRequest & { readonly progress: AcquireProgress[]; readonly logged: object[] };

/** A request into a temporary folder that records progress and log lines. */
export async function createScene(request: Partial<AcquireRequest>): Promise<Scene> {
  const progress: AcquireProgress[] = [];
  const logged: object[] = [];
  const record = (fields: object, message: string): void => {
    logged.push({ ...fields, message });
  };
  return {
    name: 'tiny',
    modelsDirectory: join(await temporaryFolder(), 'models'),
    sources: [],
    onProgress: (state) => progress.push(state),
    signal: new AbortController().signal,
    log: { debug: record, info: record, warn: record, error: record },
    progress,
    logged,
    ...request,
  };
}

/** All files below a folder, as sorted relative paths; empty where there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
