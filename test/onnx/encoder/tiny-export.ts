import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graphBuilder } from '../../../adapters/onnx/import/graph-builder.ts';
import { importEncoder } from '../../../adapters/onnx/import/index.ts';
import { encodeModel } from '../../../adapters/onnx/import/onnx-model.ts';
import { tinyBert, tinyBertShape, writeTinyBert, type TinyBert } from '../../support/tiny-bert.ts';
import { temporaryFolder } from '../import/tiny-folder.ts';

/** A folder as hubs lay out exports for transformers.js: `onnx/model.onnx`, configuration and tokenizer, and no manifest. */
export async function tinyExport(bert: TinyBert): Promise<string> {
  const folder = await temporaryFolder();
  const directory = join(folder, 'export');
  const file = await writeTinyBert(join(folder, 'source'), bert);
  await importEncoder({ file, directory, name: 'tiny', source: 'test' });
  await rm(join(directory, 'switchyard.json'));
  await mkdir(join(directory, 'onnx'));
  for (const name of ['model.onnx', 'model.onnx_data'])
    await rename(join(directory, name), join(directory, 'onnx', name));
  return directory;
}

/** The same with an int8 graph only. */
export async function tinyQuantizedExport(): Promise<string> {
  const directory = await tinyExport(tinyBert());
  for (const name of ['model.onnx', 'model.onnx_data']) await rm(join(directory, 'onnx', name));
  await addQuantizedGraph(directory);
  return directory;
}

export async function addQuantizedGraph(directory: string): Promise<void> {
  await writeFile(join(directory, 'onnx/model_quantized.onnx'), roundingGraph());
}

/** Token 11, the letter h, and the padding lie far out; all others are near 0. */
function embeddingOf(token: number, at: number): number {
  if (token === 11) return 10;
  return token === 0 ? 5 : Math.sin(7 * token + at);
}

/** Gives each token its embedding, rounded to int8 by a scale that depends on the whole run, as int8 exports do with activations. */
function roundingGraph(): Uint8Array {
  const { vocabulary, width } = tinyBertShape;
  const graph = graphBuilder();
  const shape = ['batch_size', 'sequence_length'];
  const ids = graph.input({ name: 'input_ids', type: 'int64', dimensions: shape });
  graph.input({ name: 'attention_mask', type: 'int64', dimensions: shape });
  const table = Float32Array.from({ length: vocabulary * width }, (_, at) =>
    embeddingOf(Math.floor(at / width), at % width),
  );
  const words = graph.node('Gather', [graph.namedFloats('words', table, width), ids]);
  const rounded = ['bytes', 'scale', 'zero_point'];
  graph.nodeWithOutputs({
    operator: 'DynamicQuantizeLinear',
    domain: '',
    inputs: [words],
    outputs: rounded,
    attributes: {},
  });
  const states = graph.node('DequantizeLinear', rounded);
  graph.output({ name: 'last_hidden_state', type: 'float32', dimensions: [...shape, width] }, states);
  return encodeModel(graph.finish('tiny-quantized'));
}
