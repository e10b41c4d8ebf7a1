import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DecoderManifest, ModelManifest } from '../../../adapters/onnx/model-folder.ts';
import { changeManifest, problemOf, replaceFile } from './spoil.ts';

/** Changes the bytes of the graph; the manifest agrees afterwards. */
async function changeGraph(folder: string, change: (graph: Buffer) => Buffer): Promise<void> {
  await replaceFile(folder, 'model.onnx', change(await readFile(join(folder, 'model.onnx'))));
}

/** Every occurrence of a text, by one of equal length: protobuf keeps lengths beside its texts. */
function rewrite(from: string, to: string): (graph: Buffer) => Buffer {
  expect(to).toHaveLength(from.length);
  return (graph) => {
    const text = graph.toString('latin1');
    expect(text).toContain(from);
    return Buffer.from(text.replaceAll(from, to), 'latin1');
  };
}

const spoiltGraph = async (change: (graph: Buffer) => Buffer): Promise<string> =>
  await problemOf((folder) => changeGraph(folder, change));

/** Changes the manifest to that of another model than the graph's. */
const changeDecoder = async (folder: string, change: (manifest: DecoderManifest) => ModelManifest) =>
  await changeManifest(folder, (manifest) => {
    if (manifest.graph === 'encoder') return expect.fail('the tiny model is a decoder');
    return change(manifest);
  });

test.each([0.2, 0.5, 0.99])(
  'a graph cut at %d of its length is refused before the runtime reads it',
  async (share) => {
    expect(await spoiltGraph((graph) => graph.subarray(0, Math.floor(share * graph.length)))).toMatch(
      /The graph model\.onnx cannot be loaded: it /,
    );
  },
);

test('a graph that takes other numbers is refused with both types', async () => {
  expect(await spoiltGraph(retype)).toContain(
    'does not fit the model: it has an input "input_ids" of int32; expected is int64',
  );
});

/** Makes `elem_type` 7 in the type of the input, int64, a 6, int32. Fields and lengths of protobuf stand between. */
function retype(graph: Buffer): Buffer {
  const name = Buffer.from('input_ids');
  for (let at = graph.indexOf(name); at >= 0; at = graph.indexOf(name, at + 1)) {
    const type = at + name.length;
    const isPort = graph[type] === 0x12 && graph[type + 2] === 0x0a && graph[type + 4] === 0x08;
    if (!isPort || graph[type + 5] !== 7) continue;
    graph[type + 5] = 6;
    return graph;
  }
  return expect.fail('the graph has no such input');
}

test('weights outside of the folder are not read', async () => {
  expect(await spoiltGraph(rewrite('model.onnx_data', '../../etc/hosts'))).toMatch(
    /keeps the weights ".+" in a file outside of its folder/,
  );
});

test('weights in a file without a checksum are not read', async () => {
  expect(await problemOf(moveWeights)).toContain(
    'other.onnx_data, which the manifest of the folder does not list',
  );
});

async function moveWeights(folder: string): Promise<void> {
  await changeGraph(folder, rewrite('model.onnx_data', 'other.onnx_data'));
  await writeFile(join(folder, 'other.onnx_data'), await readFile(join(folder, 'model.onnx_data')));
}

test('weights in a file too short for them are refused with both sizes', async () => {
  expect(await problemOf((folder) => replaceFile(folder, 'model.onnx_data', 'short'))).toMatch(
    /wants the weights ".+" from model\.onnx_data up to byte \d+, but the file ends at 5/,
  );
});

test('an operator of a library that is not there is refused by name', async () => {
  expect(await spoiltGraph(rewrite('com.microsoft', 'com.malicious'))).toMatch(
    /uses the operator com\.malicious:\w+, which is of neither ONNX nor the runtime/,
  );
});

test.each([
  ['more layers', { layers: 3 }, 'has no input "past_key_values.2.key"'],
  ['another size of its heads', { headSize: 32 }, 'has an input "past_key_values.0.key" of [*, 2, 16, *]'],
  ['another vocabulary', { vocabularySize: 7 }, 'has an output "logits" of [*, 288]; expected is [*, 7]'],
])('a configuration of a model with %s does not fit the graph', async (_what, shape, says) => {
  const spoil = (folder: string): Promise<void> =>
    changeDecoder(folder, (manifest) => ({ ...manifest, decoder: { ...manifest.decoder, ...shape } }));
  expect(await problemOf(spoil)).toContain(`The graph model.onnx does not fit the model: it ${says}`);
});

test('the graph of another kind of model is refused by what it lacks', async () => {
  const problem = await problemOf((folder) =>
    changeDecoder(folder, (manifest) => ({ ...manifest, graph: 'past-present' })),
  );
  expect(problem).toMatch(/The graph model\.onnx does not fit the model: it .+/);
});
