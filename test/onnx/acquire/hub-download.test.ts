import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { modelManifestSchema } from '../../../adapters/onnx/model-folder.ts';
import { hubSource, revision, sha256 } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, tinyFiles } from './scene.ts';

test('files of the hub become a model folder with a manifest that describes them', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  const { directory } = await acquireModel(scene);
  expect(directory).toBe(join(scene.modelsDirectory, 'tiny'));
  const manifest = modelManifestSchema.parse(
    JSON.parse(await readFile(join(directory, 'switchyard.json'), 'utf8')),
  );
  expect(manifest).toEqual({
    formatVersion: 1,
    name: 'tiny',
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
    source: `hf:team/tiny@${revision}`,
    graph: 'past-present',
    graphFile: 'onnx/model_q4.onnx',
    decoder: { layers: 2, keyValueHeads: 2, headSize: 16, vocabularySize: 260, contextTokens: 512 },
    tokens: { bos: 1, eos: [2, 3] },
    files: Object.entries(tinyFiles).map(([path, content]) => ({
      path,
      bytes: content.length,
      sha256: sha256(content),
    })),
  });
});

test('only the model folder is left, with the files as they are on the hub', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await acquireModel(scene);
  expect(await filesBelow(scene.modelsDirectory)).toEqual(
    [...Object.keys(tinyFiles), 'switchyard.json'].map((path) => `tiny/${path}`).sort(),
  );
  for (const [path, content] of Object.entries(tinyFiles))
    expect(content.equals(await readFile(join(scene.modelsDirectory, 'tiny', path)))).toBe(true);
});

test('files without a pinned checksum are checked against the one the hub states', async () => {
  const hub = await fakeHub();
  const sources = [hubSource(tinyFiles, { pinned: false })];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources });
  await expect(acquireModel(scene)).resolves.toEqual({ directory: expect.stringContaining('tiny') });
});

test('progress adds the files up and ends at their sum', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await acquireModel(scene);
  const bytesTotal = Object.values(tinyFiles).reduce((sum, content) => sum + content.length, 0);
  expect(scene.progress.at(-1)).toEqual({
    step: 'downloading',
    what: 'onnx/model_q4.onnx',
    bytesDone: bytesTotal,
    bytesTotal,
  });
  const done = scene.progress.map((state) => state.bytesDone ?? -1);
  expect(done).toEqual([...done].sort((a, b) => a - b));
});

test('the second time nothing is asked of the hub', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await acquireModel(scene);
  const asked = hub.requests.length;
  await acquireModel(scene);
  expect(hub.requests).toHaveLength(asked);
});

test('an endpoint below a path keeps the path', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: `${hub.endpoint}/mirror`, sources: [hubSource(tinyFiles)] });
  await acquireModel(scene);
  expect(hub.requests[0]?.path).toBe(`/mirror/team/tiny/resolve/${revision}/config.json`);
});
