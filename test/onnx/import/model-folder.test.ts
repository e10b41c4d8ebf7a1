import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDrafts } from '../../../adapters/onnx/import/index.ts';
import { readModelFolder } from '../../../adapters/onnx/read-model-folder.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { importScene } from './tiny-folder.ts';

test('an import makes a folder whose manifest describes it to the byte', async () => {
  const scene = await importScene(tinyGguf());
  const manifest = await scene.run();
  const read = await readModelFolder(scene.directory, new AbortController().signal);
  expect(read.manifest).toEqual(manifest);
  expect(manifest).toMatchObject({
    formatVersion: 1,
    name: 'tiny',
    source: 'gguf:tiny.gguf',
    graph: 'delta',
    decoder: { layers: 2, keyValueHeads: 2, headSize: 16, vocabularySize: 288, contextTokens: 256 },
    tokens: { bos: 1, eos: [2, 0] },
  });
  const listed = manifest.files.map(({ path }) => path);
  expect((await readdir(scene.directory)).sort()).toEqual([...listed, 'switchyard.json'].sort());
});

test('the same file has the same version, wherever and whenever it is imported', async () => {
  const versions = [];
  for (const source of ['gguf:one', 'gguf:two']) {
    const scene = await importScene(tinyGguf());
    versions.push((await scene.run({ source })).version);
  }
  expect(versions[0]).toBe(versions[1]);
});

test('other weights or another tokenizer make another version', async () => {
  const contents = [tinyGguf(), tinyGguf({ seed: 2 }), tinyGguf({ eosToken: 5 })];
  const versions = new Set<string>();
  for (const content of contents) versions.add((await (await importScene(content)).run()).version);
  expect(versions.size).toBe(contents.length);
});

test('a folder that exists is refused and left as it is', async () => {
  const scene = await importScene(tinyGguf());
  await mkdir(scene.directory, { recursive: true });
  await writeFile(join(scene.directory, 'mine.txt'), 'mine');
  await expect(scene.run()).rejects.toMatchObject({
    code: 'target-exists',
    message: expect.stringContaining(scene.directory),
  });
  expect(await readdir(scene.models)).toEqual(['tiny']);
  expect(await readFile(join(scene.directory, 'mine.txt'), 'utf8')).toBe('mine');
});

test('of two imports into one folder one succeeds and the other is refused', async () => {
  const scene = await importScene(tinyGguf());
  const results = await Promise.allSettled([scene.run(), scene.run()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'target-exists' },
  });
  expect(await readdir(scene.models)).toEqual(['tiny']);
});

test('progress goes up to the weights of the file, in bytes', async () => {
  const scene = await importScene(tinyGguf());
  const seen: number[] = [];
  const totals = new Set<number>();
  await scene.run({
    onProgress({ bytesDone, bytesTotal }) {
      seen.push(bytesDone);
      totals.add(bytesTotal);
    },
  });
  const [total = 0] = totals;
  expect(totals.size).toBe(1);
  expect(total).toBeLessThan((await stat(scene.file)).size);
  expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  expect(seen.at(-1)).toBe(total);
});

test('an abort beforehand reads nothing', async () => {
  const scene = await importScene(tinyGguf());
  const reason = new Error('enough');
  await expect(scene.run({ signal: AbortSignal.abort(reason), file: '/nowhere' })).rejects.toBe(reason);
});

test('an abort in the middle leaves nothing', async () => {
  const scene = await importScene(tinyGguf());
  const aborter = new AbortController();
  const reason = new Error('enough');
  const done = scene.run({
    signal: aborter.signal,
    onProgress: ({ bytesDone, bytesTotal }) => {
      if (bytesDone > bytesTotal / 2) aborter.abort(reason);
    },
  });
  await expect(done).rejects.toBe(reason);
  expect(await readdir(scene.models)).toEqual([]);
  expect((await readdir(dirname(scene.file))).sort()).toEqual(['models', 'tiny.gguf']);
});

test('what a killed import left can be removed, and models stay', async () => {
  const scene = await importScene(tinyGguf());
  await scene.run();
  await mkdir(join(scene.models, '.other.importing-x1Y2z3', 'deep'), { recursive: true });
  await mkdir(join(scene.models, '.acquire'));
  await removeDrafts(scene.models);
  expect((await readdir(scene.models)).sort()).toEqual(['.acquire', 'tiny']);
});

test('a model can be read by other users of the machine', async () => {
  const scene = await importScene(tinyGguf());
  await scene.run();
  expect((await stat(scene.directory)).mode & 0o777).toBe(0o755);
});
