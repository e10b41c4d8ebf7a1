import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importEncoder, importGguf } from '../../adapters/onnx/import/index.ts';
import { verifyModels } from '../../src/main/models/verify.ts';
import { miniLmWeights, smollm2Gguf } from '../support/real-downloads.ts';

let modelsDirectory: string;

beforeAll(async () => {
  modelsDirectory = await mkdtemp(join(tmpdir(), 'verify-'));
});

afterAll(() => rm(modelsDirectory, { recursive: true, force: true }));

/** The lines of the report, which are printed too. */
async function verified(name: string, source?: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const passed = await verifyModels({
    names: [name],
    ...(source !== undefined && { source }),
    modelsDirectory,
    out: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(passed).toBe(true);
  return lines;
}

test('SmolLM2 agrees with the reference on its file, and on its own weights', async () => {
  const file = await smollm2Gguf();
  await importGguf({ file, directory: join(modelsDirectory, 'smollm2'), name: 'smollm2', source: 'test' });
  expect(await verified('smollm2', file)).toHaveLength(7);
  expect(await verified('smollm2')).toHaveLength(7);
});

test('MiniLM agrees with the reference on its file, and on its own weights', async () => {
  const file = await miniLmWeights();
  await importEncoder({ file, directory: join(modelsDirectory, 'minilm'), name: 'minilm', source: 'test' });
  expect(await verified('minilm', file)).toHaveLength(6);
  expect(await verified('minilm')).toHaveLength(6);
});
