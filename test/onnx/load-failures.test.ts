import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestFileName } from '../../adapters/onnx/model-folder.ts';
import { partsOf } from '../conformance/observe.ts';
import { problemOf, replaceFile, startToFail } from './hardening/spoil.ts';
import { ask, openTinyModel } from './tiny-model.ts';

const nothing = (): Promise<void> => Promise.resolve();

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

test('one wrong bit in the weights is found before the model is loaded', async () => {
  expect(await problemOf((folder) => flipByte(join(folder, 'model.onnx_data')))).toMatch(
    /"tiny" cannot be used: model\.onnx_data is damaged/,
  );
});

test('a file cut short is named with both sizes', async () => {
  expect(await problemOf((folder) => truncate(join(folder, 'model.onnx'), 10))).toMatch(
    /model\.onnx has 10 bytes instead of \d+/,
  );
});

test('a missing file is named', async () => {
  expect(await problemOf((folder) => rm(join(folder, 'tokenizer.json')))).toContain(
    'tokenizer.json is missing',
  );
});

test('a missing folder is named', async () => {
  expect(await problemOf((folder) => rm(folder, { recursive: true }))).toContain('it does not exist');
});

test('a manifest of another time is named', async () => {
  expect(
    await problemOf((folder) => writeFile(join(folder, manifestFileName), '{"formatVersion":9}')),
  ).toContain('switchyard.json is not a manifest of this version');
});

test('a graph that the runtime refuses is named', async () => {
  expect(await problemOf((folder) => replaceFile(folder, 'model.onnx', 'no graph'))).toMatch(
    /The graph model\.onnx cannot be loaded/,
  );
});

test('a tokenizer that cannot be read is named', async () => {
  expect(await problemOf((folder) => replaceFile(folder, 'tokenizer.json', '{}'))).toMatch(
    /tokenizer cannot be loaded/,
  );
});

test('a base model without a chat template says so', async () => {
  const gguf = { metadata: { 'tokenizer.chat_template': undefined } };
  expect(await problemOf(nothing, { gguf })).toContain('no chat template');
});

test('a model that takes too long to load is stopped, and the option is named', async () => {
  expect(await problemOf(nothing, { options: { loadTimeoutMs: 1 } })).toMatch(
    /did not load within 1 ms\. Raise loadTimeoutMs/,
  );
});

test('a folder that was mended is loaded at the next try', async () => {
  await using model = await openTinyModel({ options: { restart: { initialDelayMs: 1, maxDelayMs: 1 } } });
  const file = join(model.directory, 'config.json');
  const content = await readFile(file);
  await rm(file);
  await startToFail(model);
  await writeFile(file, content);
  await model.reached('ready');
  expect((await partsOf(model.adapter, ask('Hello', { maxOutputTokens: 2 }))).at(-1)?.type).toBe('finish');
});
