import { expect, test } from 'vitest';
import { chooseFiles } from '../../../adapters/onnx/acquire/choose-files.ts';
import type { HubListing } from '../../../adapters/onnx/acquire/hub-listing.ts';
import { modelSourceSchema } from '../../../adapters/onnx/acquire/sources.ts';
import { revision } from './fake-hub.ts';

const texts = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

function listing(sizes: Readonly<Record<string, number>>, architectures: readonly string[] = []): HubListing {
  const files = Object.entries(sizes).map(([path, bytes]) => ({ path, bytes, sha256: undefined }));
  return { commit: revision, architectures, files };
}

const of = (paths: readonly string[], bytes = 10): Readonly<Record<string, number>> =>
  Object.fromEntries(paths.map((path) => [path, bytes]));

const choose = (sizes: Readonly<Record<string, number>>, architectures?: readonly string[]) =>
  chooseFiles('team/tiny', listing(sizes, architectures), 1000);

test('of GGUF files the most exact that fits is taken, alone', () => {
  const source = choose({
    'tiny-f16.gguf': 900,
    'tiny.Q8_0.gguf': 2000,
    'tiny.Q4_K_M.gguf': 500,
    'tiny.Q2_K.gguf': 300,
    'README.md': 1,
  });
  expect(source).toMatchObject({ model: 'tiny.Q4_K_M.gguf', revision });
  expect(source.files.map(({ path }) => path)).toEqual(['tiny.Q4_K_M.gguf']);
  expect(modelSourceSchema.safeParse(source).success).toBe(true);
});

test('parts of a split file and projectors of images are no models', () => {
  expect(() => choose(of(['tiny-Q8_0-00001-of-00002.gguf', 'mmproj-tiny.Q8_0.gguf']))).toThrow('neither');
});

test('of an ONNX export one graph is taken, with its data and what describes it', () => {
  const graphs = ['onnx/model.onnx', 'onnx/model_q4.onnx', 'onnx/model_q4.onnx_data', 'onnx/model_fp16.onnx'];
  const source = choose(of([...texts, 'chat_template.jinja', 'model.safetensors', 'train.py', ...graphs]));
  expect(source.model).toBe('onnx/model_q4.onnx');
  expect(source.files.map(({ path }) => path)).toEqual([
    ...texts,
    'chat_template.jinja',
    'onnx/model_q4.onnx',
    'onnx/model_q4.onnx_data',
  ]);
});

test('of a BERT the safetensors are taken, with what sentence-transformers says of it', () => {
  const beside = ['modules.json', '1_Pooling/config.json', 'onnx/model.onnx', 'pytorch_model.bin'];
  const source = choose(of([...texts, 'model.safetensors', ...beside]), ['BertModel']);
  expect(source.model).toBe('model.safetensors');
  expect(source.files.map(({ path }) => path)).toEqual([
    ...texts,
    'model.safetensors',
    'modules.json',
    '1_Pooling/config.json',
  ]);
});
