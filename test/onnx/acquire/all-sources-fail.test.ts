import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireModel, ModelAcquireError } from '../../../adapters/onnx/acquire/index.ts';
import { hubSource } from './fake-hub.ts';
import { createScene, fakeHub, filesBelow, temporaryFolder, tinyFiles } from './scene.ts';

test('a source that fails is passed over for the next one, and logged', async () => {
  const hub = await fakeHub();
  const missing = { ...hubSource(tinyFiles), repository: 'team/gone', revision: 'a'.repeat(40) };
  const sources = [missing, hubSource(tinyFiles)];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources });
  await acquireModel(scene);
  expect(scene.logged).toEqual([
    {
      model: 'tiny',
      source: 'team/gone on the model hub',
      reason: 'the hub has no config.json at this revision (HTTP 404)',
      message: 'A source does not give the model.',
    },
    { model: 'tiny', source: 'team/tiny on the model hub', message: 'The model is there.' },
  ]);
});

test('when all fail, the error lists each with its reason and says what helps', async () => {
  const hub = await fakeHub();
  hub.status = 503;
  const folder = await temporaryFolder();
  const file = join(folder, 'gone.gguf');
  const sources = [hubSource(tinyFiles), { kind: 'gguf' as const, file, sha256: '0'.repeat(64) }];
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources });
  const failure = await acquireModel(scene).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ModelAcquireError);
  expect(failure).toMatchObject({
    message: [
      'The model tiny could not be had from any of its sources:',
      '  - team/tiny on the model hub: the hub answers with HTTP 503 for config.json',
      `  - ${file}: ${file}: no such file (ENOENT)`,
      `One of these helps: set HF_ENDPOINT to a mirror of the hub that this machine reaches; check that ${file} is there and whole; put a model folder at ${join(scene.modelsDirectory, 'tiny')}; convert a GGUF file you have with \`npx switchyard import <file.gguf>\`.`,
    ].join('\n'),
    failures: [{ source: sources[0] }, { source: sources[1] }],
  });
});

test('a model without a source is told with how to get one of that name', async () => {
  const scene = await createScene({ sources: [] });
  await expect(acquireModel(scene)).rejects.toThrow(
    /no source of it is known.*pullModel or `npx switchyard models pull hf:<owner>\/<name> --name tiny`/,
  );
});

test('a failure leaves nothing behind where nothing can be continued', async () => {
  const hub = await fakeHub();
  hub.status = 503;
  const scene = await createScene({ hubEndpoint: hub.endpoint, sources: [hubSource(tinyFiles)] });
  await expect(acquireModel(scene)).rejects.toThrow(ModelAcquireError);
  expect(await filesBelow(scene.modelsDirectory)).toEqual([]);
});

test('a models folder that cannot be made is named with its reason', async () => {
  const hub = await fakeHub();
  const folder = await temporaryFolder();
  const file = join(folder, 'file');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
  const scene = await createScene({
    modelsDirectory: join(file, 'models'),
    hubEndpoint: hub.endpoint,
    sources: [hubSource(tinyFiles)],
  });
  await expect(acquireModel(scene)).rejects.toThrow(/file, not a folder \(ENOTDIR\)/);
  expect(hub.requests).toEqual([]);
});
