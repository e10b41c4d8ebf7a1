import { expect, test } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { createScene, fakeHub, tinyFiles } from './scene.ts';

test('the token goes to the endpoint and not to the storage it redirects to', async () => {
  const hub = await fakeHub();
  const sources = [hubSource(tinyFiles)];
  const scene = await createScene({ hubEndpoint: hub.endpoint, hubToken: 'canary-token', sources });
  await acquireModel(scene);
  const sent = (at: 'hub' | 'storage'): unknown[] =>
    hub.requests.filter((request) => request.at === at).map((request) => request.headers.authorization);
  expect(new Set(sent('hub'))).toEqual(new Set(['Bearer canary-token']));
  expect(sent('storage')).toEqual([undefined]);
});

test('the token is in no error, log line or progress', async () => {
  const hub = await fakeHub();
  hub.status = 401;
  const sources = [hubSource(tinyFiles)];
  const scene = await createScene({ hubEndpoint: hub.endpoint, hubToken: 'canary-token', sources });
  const failure = await acquireModel(scene).catch((error: unknown) => error);
  expect(JSON.stringify([String(failure), scene.logged, scene.progress])).not.toContain('canary-token');
});
