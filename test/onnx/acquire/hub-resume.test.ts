import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { firstByte, hubSource, type FakeHub } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, tinyFiles } from './scene.ts';

const partName = /^\.acquire\/tiny\/hub-[0-9a-f]{12}\/onnx\/model_q4\.onnx\.part$/;

/** From which byte each request to the storage asked; 0 is the whole file. */
function starts(hub: FakeHub): number[] {
  return hub.requests.filter((request) => request.at === 'storage').map(firstByte);
}

test('a download that is cut goes on where it stopped, at once', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'cut', afterBytes: 1_000_000 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await acquireModel(scene);
  expect(starts(hub)).toEqual([0, expect.toSatisfy((start) => start > 0 && start <= 1_000_000)]);
  expect(hub.requests.at(-1)?.headers['if-range']).toBe('"storage-1"');
});

test('a download that is cut twice fails, and the next start asks for the rest only', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'cut', afterBytes: 1_000_000 }, { type: 'cut', afterBytes: 500_000 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('the connection was cut');
  expect(await filesBelow(scene.modelsDirectory)).toContainEqual(expect.stringMatching(partName));
  await acquireModel(scene);
  const [first, second, third] = starts(hub);
  expect([first, second, third]).toEqual([first, second, third].toSorted((a = 0, b = 0) => a - b));
  expect(third).toBeGreaterThan(second ?? Infinity);
  expect(scene.progress.at(-1)?.bytesDone).toBe(scene.progress.at(-1)?.bytesTotal);
});

test('bytes of another version are not joined: the file is fetched from its start', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'cut', afterBytes: 1_000_000 }, { type: 'status', status: 503 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('HTTP 503');
  hub.storageTag = '"storage-2"';
  await acquireModel(scene);
  expect(await filesBelow(scene.modelsDirectory)).toContain('tiny/switchyard.json');
});

test('a part whose rest does not fit is thrown away and the file fetched anew', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'cut', afterBytes: 1_000_000 }, { type: 'status', status: 503 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('HTTP 503');
  const part = (await filesBelow(scene.modelsDirectory)).find((path) => partName.test(path)) ?? '';
  await writeFile(join(scene.modelsDirectory, part), 'not the beginning of the weights');
  await acquireModel(scene);
  expect(starts(hub).slice(-2)).toEqual([32, 0]);
});

test('a part that is the whole file already is taken as it is', async () => {
  const hub = await fakeHub();
  hub.faults.push({ type: 'cut', afterBytes: 1_000_000 }, { type: 'status', status: 503 });
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow('HTTP 503');
  const part = (await filesBelow(scene.modelsDirectory)).find((path) => partName.test(path)) ?? '';
  await writeFile(join(scene.modelsDirectory, part), tinyFiles['onnx/model_q4.onnx'] ?? '');
  await acquireModel(scene);
  expect(starts(hub).at(-1)).toBe(3_000_000);
});
