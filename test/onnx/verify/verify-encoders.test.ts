import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { safetensorsBytes, tinyBert, writeTinyBert, type TinyBert } from '../../support/tiny-bert.ts';
import { temporaryFolder } from '../import/tiny-folder.ts';
import { verify } from './verify.ts';

interface Installed {
  readonly models: string;
  /** The safetensors. */
  readonly file: string;
}

/** The model, imported as `tiny`; `files` lie beside its weights. */
async function installed(bert: TinyBert, files: Readonly<Record<string, object>> = {}): Promise<Installed> {
  const folder = await temporaryFolder();
  const models = join(folder, 'models');
  const file = await writeTinyBert(join(folder, 'source'), bert);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, 'source', name), JSON.stringify(content));
  }
  await importEncoder({ file, directory: join(models, 'tiny'), name: 'tiny', source: 'test' });
  return { models, file };
}

const severalLabels = { problem_type: 'multi_label_classification' };

test.each([
  ['embeds', tinyBert({ seed: 3 })],
  ['classifies', tinyBert({ seed: 4, labels: ['bad', 'fair', 'good'] })],
  ['gives several labels', tinyBert({ seed: 5, labels: ['rude', 'spam'], config: severalLabels })],
  ['reranks', tinyBert({ seed: 6, labels: ['LABEL_0'] })],
])('a model that %s agrees with the file it came from, and with its own weights', async (_what, bert) => {
  const { models, file } = await installed(bert);
  const ofFile = await verify(models, { names: ['tiny'], source: file });
  expect(ofFile.text).toMatch(
    /^tiny\n {2}files .*\n {2}graph .*\n {2}reference .*\n {2}cosine .*\n {2}numbers /,
  );
  expect(ofFile.text).toContain('the weights of model.safetensors');
  expect(ofFile.text).toMatch(/cosine +ok +1\.0000000 at least, 1\.0000000 on average of 6 texts/);
  expect(ofFile.passed).toBe(true);
  const ofItself = await verify(models);
  expect(ofItself.text).toContain("the folder's own weights");
  expect(ofItself.text).toMatch(/numbers +ok +\d\.\de-[678] apart at most/);
});

test('vectors that are not brought to length 1 agree too', async () => {
  const modules = [{ type: 'sentence_transformers.models.Transformer' }];
  const { models } = await installed(tinyBert(), { 'modules.json': modules });
  expect((await verify(models)).passed).toBe(true);
});

test('a model that is not the one of the file fails by its figures', async () => {
  const { models, file } = await installed(tinyBert({ seed: 1 }));
  await writeFile(file, safetensorsBytes(tinyBert({ seed: 2 }).tensors));
  const { passed, text } = await verify(models, { source: file });
  expect(text).toMatch(/cosine +FAILED .*at least 0\.99999/);
  expect(text).toMatch(/numbers +FAILED .*at most 0\.0001/);
  expect(passed).toBe(false);
});

test('one wrong weight shows', async () => {
  const bert = tinyBert();
  const { models, file } = await installed(bert);
  const bias = bert.tensors.get('encoder.layer.1.output.dense.bias');
  bias?.values.fill(bias.values[0] ?? 0, 1, 2);
  await writeFile(file, safetensorsBytes(bert.tensors));
  expect((await verify(models, { source: file })).passed).toBe(false);
});

test('a source that is no safetensors file fails the comparison', async () => {
  const { models, file } = await installed(tinyBert());
  await writeFile(file, 'GGUF');
  const { passed, text } = await verify(models, { source: file });
  expect(text).toMatch(/reference +FAILED .*safetensors/);
  expect(passed).toBe(false);
});
