import { expect, test } from 'vitest';
import { acquireModel, ModelAcquireError } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, tinyFiles } from './scene.ts';

test.each([
  [
    401,
    'the hub does not give config.json out without permission (HTTP 401); for a private model set HF_TOKEN',
  ],
  [
    403,
    'the hub does not give config.json out without permission (HTTP 403); for a private model set HF_TOKEN',
  ],
  [404, 'the hub has no config.json at this revision (HTTP 404)'],
  [429, 'the hub has had too many requests from this address (HTTP 429)'],
  [503, 'the hub answers with HTTP 503 for config.json'],
])('an answer of %i is told in words', async (status, words) => {
  const hub = await fakeHub();
  hub.status = status;
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow(words);
  expect(hub.requests).toHaveLength(1);
});

test('content that is not the pinned one is refused and removed', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'other-content', content: Buffer.alloc(3_000_000, 'something else ') });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('onnx/model_q4.onnx is not the promised file');
  expect((await filesBelow(scene.modelsDirectory)).filter((path) => path.includes('.onnx'))).toEqual([]);
});

test('content that is not what the hub itself promised is refused', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'other-content', content: Buffer.alloc(3_000_000, 'something else ') });
  const sources = [hubSource(tinyFiles, { pinned: false })];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources });
  await expect(acquireModel(scene)).rejects.toThrow('onnx/model_q4.onnx is not the promised file');
});

test('a file of another size is refused before it is downloaded', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'other-content', content: Buffer.alloc(5_000_000, 'much longer ') });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('has 5000000 bytes on the hub, expected are 3000000');
});

test('an unpinned file without a checksum from the hub is refused', async () => {
  const hub = await fakeHub();
  hub.statesChecksums = false;
  const sources = [hubSource(tinyFiles, { pinned: false })];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources });
  await expect(acquireModel(scene)).rejects.toThrow('the hub states no checksum for config.json');
});

test('a mirror without checksums serves pinned files', async () => {
  const hub = await fakeHub();
  hub.statesChecksums = false;
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).resolves.toBeDefined();
});

test('an answer for another commit is refused', async () => {
  const hub = await fakeHub();
  hub.commit = 'f'.repeat(40);
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('the hub answers for commit ffff');
});

test('a model whose config.json lacks what a decoder needs is refused', async () => {
  const files = { ...tinyFiles, 'config.json': Buffer.from('{"model_type":"bert"}') };
  const hub = await fakeHub(files);
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(files)] });
  const failure = await acquireModel(scene).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ModelAcquireError);
  expect(String(failure)).toContain('config.json is not as expected');
  expect(String(failure)).toContain('num_hidden_layers');
});
