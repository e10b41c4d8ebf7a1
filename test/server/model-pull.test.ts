import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { createOnnxAdapter, onnxOptionsSchema } from '../../adapters/onnx/index.ts';
import { conformanceContext } from '../conformance/fixture.ts';
import { revision } from '../onnx/acquire/fake-hub.ts';
import { filesBelow, temporaryFolder, tinyFiles } from '../onnx/acquire/scene.ts';
import { deployment } from '../support/deployments.ts';
import { graphql, subscribe } from '../support/graphql-client.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';
import { tinyBert, writeTinyBert } from '../support/tiny-bert.ts';
import { createPullScene, type PullScene } from './pull-scene.ts';

async function manifestOf({ modelsDirectory }: PullScene): Promise<unknown> {
  return JSON.parse(await readFile(join(modelsDirectory, 'tiny', 'switchyard.json'), 'utf8'));
}

async function tinyEncoderFiles(): Promise<Readonly<Record<string, Buffer>>> {
  const folder = await temporaryFolder();
  await writeTinyBert(folder, tinyBert());
  const paths = await filesBelow(folder);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)),
  );
}

test('a repository of the hub is fetched, converted, and told of step by step to its end', async () => {
  const scene = await createPullScene();
  expect(await scene.pull('hf:team/tiny')).toEqual({
    __typename: 'ModelPull',
    id: 'pull-1',
    model: 'tiny',
    source: 'hf:team/tiny',
    progress: { step: 'RESOLVING' },
  });
  const events = await Array.fromAsync(scene.follow('pull-1'));
  const steps = events.map(({ step }) => step).filter((step, index, all) => step !== all[index - 1]);
  expect(steps.slice(-3)).toEqual(['DOWNLOADING', 'CONVERTING', 'READY']);
  for (const step of ['DOWNLOADING', 'CONVERTING']) {
    const last = events.findLast((event) => event.step === step);
    expect(last?.bytesDone).toBe(last?.bytesTotal);
  }
  expect(await manifestOf(scene)).toMatchObject({ name: 'tiny', source: `hf:team/tiny@${revision}` });
  expect((await filesBelow(scene.modelsDirectory)).every((path) => path.startsWith('tiny/'))).toBe(true);
});

test.for([
  ['a BERT, whose safetensors are converted', tinyEncoderFiles, ['BertModel'], { graph: 'encoder' }],
  [
    'an ONNX export, used as it is',
    () => Promise.resolve(tinyFiles),
    [],
    { graphFile: 'onnx/model_q4.onnx' },
  ],
] as const)('%s', async ([, filesOf, architectures, manifest]) => {
  const scene = await createPullScene({ files: await filesOf() });
  scene.hub.architectures = architectures;
  const events = await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny')));
  expect(events.at(-1)).toMatchObject({ step: 'READY' });
  expect(await manifestOf(scene)).toMatchObject({ ...manifest, source: `hf:team/tiny@${revision}` });
});

test('who comes late sees the end, and a model that is there is ready at once, without the hub', async () => {
  const scene = await createPullScene();
  const id = await scene.begin('hf:team/tiny');
  await Array.fromAsync(scene.follow(id));
  expect(await Array.fromAsync(scene.follow(id))).toMatchObject([{ step: 'READY', problem: null }]);
  const asked = scene.hub.requests.length;
  const again = await scene.begin('hf:team/tiny');
  expect(again).not.toBe(id);
  expect((await Array.fromAsync(scene.follow(again))).at(-1)?.step).toBe('READY');
  expect(scene.hub.requests).toHaveLength(asked);
});

test('a known model goes by its name, and one that is there needs no network', async () => {
  const scene = await createPullScene({ files: {} });
  const file = join(await temporaryFolder(), 'tiny.gguf');
  await writeTinyGguf(file);
  const name = 'smollm2-135m';
  await importGguf({ file, directory: join(scene.modelsDirectory, name), name, source: 'gguf:tiny.gguf' });
  expect(await scene.pull(name)).toMatchObject({ id: 'pull-1', model: name, source: name });
  expect((await Array.fromAsync(scene.follow('pull-1'))).at(-1)?.step).toBe('READY');
  expect(scene.hub.requests).toEqual([]);
});

test('a deployment that waits for the model serves it after loadModel', async () => {
  const scene = await createPullScene({
    models: (modelsDirectory) => {
      const adapter = createOnnxAdapter(
        onnxOptionsSchema.parse({ model: 'pet', threads: 1, start: 'on-demand' }),
        conformanceContext({ deployment: 'pet', modelsDirectory }),
      );
      onTestFinished(() => adapter.close());
      return [[deployment({ name: 'pet' }), adapter]];
    },
  });
  await Array.fromAsync(scene.follow(await scene.begin('hf:team/tiny@main', 'pet')));
  await graphql(scene.url, { query: 'mutation { loadModel(deployment: "pet") { __typename } }' });
  const loads = subscribe(scene.url, { query: 'subscription { loadChanged { load { step problem } } }' });
  for await (const event of loads) if (/READY|FAILED/.test(JSON.stringify(event))) break;
  const query =
    '{ generate(input: { prompt: "Hi", sampling: { maxOutputTokens: 4 } }) { ... on Generation { text } ... on Problem { message } } }';
  expect(await graphql(scene.url, { query })).toEqual({
    data: { generate: { text: expect.stringMatching(/./) } },
  });
});
