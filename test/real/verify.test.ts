import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { verifyModels } from '../../src/main/models/verify.ts';
import { smollm2Gguf } from '../support/real-downloads.ts';

let modelsDirectory: string;
let file: string;

beforeAll(async () => {
  modelsDirectory = await mkdtemp(join(tmpdir(), 'verify-'));
  file = await smollm2Gguf();
  await importGguf({
    file,
    directory: join(modelsDirectory, 'smollm2'),
    name: 'smollm2',
    source: 'test',
  });
});

afterAll(() => rm(modelsDirectory, { recursive: true, force: true }));

test.each(['its file', 'its own weights'])('SmolLM2 agrees with the reference on %s', async (weights) => {
  const lines: string[] = [];
  const passed = await verifyModels({
    names: ['smollm2'],
    ...(weights === 'its file' && { source: file }),
    modelsDirectory,
    out: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(passed).toBe(true);
  expect(lines).toHaveLength(7);
});
