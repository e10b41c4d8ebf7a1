import { expect, test } from 'vitest';
import type { AcquireProgress } from '../../../adapters/onnx/acquire-model.ts';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, tinyFiles } from './scene.ts';

const reason = new Error('the gateway stops');

/** A signal that is aborted once a part of the weights has come. */
function abortInWeights(): { readonly signal: AbortSignal; onProgress(progress: AcquireProgress): void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress({ what }) {
      if (what === 'onnx/model_q4.onnx') controller.abort(reason);
    },
  };
}

test('an abort in the middle of a download ends it with the reason and keeps what came', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'stall', afterBytes: 2_000_000 });
  const sources = [hubSource(tinyFiles), hubSource(tinyFiles)];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources, ...abortInWeights() });
  await expect(acquireModel(scene)).rejects.toBe(reason);
  expect(await filesBelow(scene.modelsDirectory)).toContainEqual(expect.stringMatching(/\.onnx\.part$/));
  expect(scene.logged).toEqual([]);
});

test('an abort closes the connection', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'stall', afterBytes: 2_000_000 });
  const scene = await createScene({
    hubEndpoint: hub.endpoint,
    sources: [hubSource(tinyFiles)],
    ...abortInWeights(),
  });
  await expect(acquireModel(scene)).rejects.toBe(reason);
  await hub.disconnected();
});

test('after an abort the next start goes on where the download stopped', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'stall', afterBytes: 2_000_000 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel({ ...scene, ...abortInWeights() })).rejects.toBe(reason);
  await acquireModel(scene);
  expect(hub.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
});

test('a signal that is aborted already starts nothing', async () => {
  const hub = await fakeHub();
  const signal = AbortSignal.abort(reason);
  const scene = await createScene({ hubEndpoint: hub.endpoint, signal, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toBe(reason);
  expect(hub.requests).toEqual([]);
  expect(await filesBelow(scene.modelsDirectory)).toEqual([]);
});
