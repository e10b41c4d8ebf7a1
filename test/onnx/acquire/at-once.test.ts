import { expect, test } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, tinyFiles } from './scene.ts';

test('a model that two ask for at once is fetched once', async () => {
  const hub = await fakeHub();
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  const [first, second] = await Promise.all([acquireModel(scene), acquireModel(scene)]);
  expect(second).toEqual(first);
  expect(hub.requests.filter(({ at }) => at === 'storage')).toHaveLength(1);
  expect(await filesBelow(scene.modelsDirectory)).toContain('tiny/switchyard.json');
});
