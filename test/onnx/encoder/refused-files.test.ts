import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { tinyBert, writeTinyBert, type TinyBert, type TinyTensor } from '../../support/tiny-bert.ts';

async function importing(
  bert: TinyBert,
  change: (weights: Buffer) => Buffer = (weights) => weights,
): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'refused-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = await writeTinyBert(join(folder, 'source'), bert);
  await writeFile(file, change(await readFile(file)));
  return await importEncoder({ file, directory: join(folder, 'model'), name: 'tiny', source: 'test' });
}

function withTensors(change: (tensors: Map<string, TinyTensor>) => void): TinyBert {
  const bert = tinyBert();
  const tensors = new Map(bert.tensors);
  change(tensors);
  return { ...bert, tensors };
}

const anyTensor: TinyTensor = { shape: [2], values: Float32Array.of(1, 2) };

test.each([
  ['an empty file', 'truncated', (): Buffer => Buffer.alloc(0)],
  ['a file cut in its header', 'truncated', (weights: Buffer): Buffer => weights.subarray(0, 100)],
  ['a file cut in its weights', 'invalid-tensor', (weights: Buffer): Buffer => weights.subarray(0, -10)],
  ['random bytes', 'truncated', (weights: Buffer): Buffer => Buffer.alloc(weights.length, 0xa7)],
  [
    'a header that is no JSON',
    'invalid-metadata',
    (weights: Buffer): Buffer => Buffer.from(weights).fill('x', 8, 40),
  ],
] as const)('%s is refused as %s', async (_what, code, change) => {
  await expect(importing(tinyBert(), change)).rejects.toMatchObject({ code });
});

test('a tensor that is missing is named', async () => {
  const bert = withTensors((tensors) => tensors.delete('encoder.layer.1.output.dense.bias'));
  await expect(importing(bert)).rejects.toMatchObject({
    code: 'missing-tensor',
    message: expect.stringContaining('encoder.layer.1.output.dense.bias'),
  });
});

test('a tensor of another shape is named with both', async () => {
  const bert = withTensors((tensors) => tensors.set('embeddings.LayerNorm.bias', anyTensor));
  await expect(importing(bert)).rejects.toMatchObject({
    code: 'invalid-tensor',
    message: expect.stringContaining('[2]; config.json promises [16]'),
  });
});

test('a tensor whose meaning is not known is not left out silently', async () => {
  const bert = withTensors((tensors) => tensors.set('encoder.adapter.weight', anyTensor));
  await expect(importing(bert)).rejects.toMatchObject({
    code: 'unexpected-tensor',
    message: expect.stringContaining('encoder.adapter.weight'),
  });
});

test('another architecture is named, with what can be done', async () => {
  await expect(importing(tinyBert({ config: { model_type: 'deberta-v2' } }))).rejects.toMatchObject({
    code: 'unsupported-architecture',
    message: expect.stringContaining('ONNX export'),
  });
});

test('a feature that would need another graph is named by its field', async () => {
  const config = { position_embedding_type: 'relative_key', hidden_act: 'relu' };
  await expect(importing(tinyBert({ config }))).rejects.toMatchObject({
    code: 'unsupported-feature',
    message: expect.stringMatching(/hidden_act.*position_embedding_type/s),
  });
});

test('a folder of sentence-transformers with a dense layer is refused by the file that says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refused-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = await writeTinyBert(folder, tinyBert());
  const modules = ['Transformer', 'Dense'].map((name) => ({ type: `sentence_transformers.models.${name}` }));
  await writeFile(join(folder, 'modules.json'), JSON.stringify(modules));
  const options = { file, directory: join(folder, 'model'), name: 'tiny', source: 'test' };
  await expect(importEncoder(options)).rejects.toMatchObject({
    code: 'unsupported-feature',
    message: expect.stringContaining('modules.json has a Dense module'),
  });
});
