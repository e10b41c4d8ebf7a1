import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyArchitectures, tinyGguf, writeTinyGguf, type TinyGgufOptions } from '../../support/tiny-gguf.ts';
import { importScene, type ImportScene } from '../import/tiny-folder.ts';
import { verify } from './verify.ts';

async function installed(options: TinyGgufOptions = {}): Promise<ImportScene> {
  const scene = await importScene(tinyGguf({ weightType: 'Q8_0', ...options }));
  await scene.run();
  return scene;
}

test.each(tinyArchitectures)('a %s model agrees with the file it came from', async (architecture) => {
  const scene = await installed({ architecture });
  const { passed, text } = await verify(scene.models, { names: ['tiny'], source: scene.file });
  expect(text).not.toContain('FAILED');
  expect(text).toContain('the weights of tiny.gguf');
  expect(text).toMatch(
    /^tiny\n {2}files .*\n {2}graph .*\n {2}reference .*\n {2}top-1 .*\n {2}divergence .*\n {2}logits /,
  );
  expect(passed).toBe(true);
});

test('without its file a model is compared with its own weights, and that is said', async () => {
  const { passed, text } = await verify((await installed()).models);
  expect(text).toContain("the folder's own weights");
  expect(passed).toBe(true);
});

test('a model that is not the one of the file fails by its figures', async () => {
  const scene = await installed();
  const other = join(scene.models, '..', 'other.gguf');
  await writeTinyGguf(other, { weightType: 'Q8_0', seed: 2 });
  const { passed, text } = await verify(scene.models, { source: other });
  expect(text).toMatch(/top-1 +FAILED .*at least 93\.0 %/);
  expect(text).toMatch(/divergence +FAILED /);
  expect(text).toMatch(/logits +FAILED /);
  expect(passed).toBe(false);
});

test('a damaged file fails, and nothing is loaded from it', async () => {
  const scene = await installed();
  await writeFile(join(scene.directory, 'tokenizer.json'), '{}');
  const { passed, text } = await verify(scene.models);
  expect(text).toMatch(/^tiny\n {2}files +FAILED .*tokenizer\.json/);
  expect(text.split('\n')).toHaveLength(2);
  expect(passed).toBe(false);
});

test('a source that is no GGUF file fails the comparison', async () => {
  const scene = await installed();
  const { passed, text } = await verify(scene.models, { source: join(scene.directory, 'config.json') });
  expect(text).toMatch(/reference +FAILED .*GGUF/);
  expect(passed).toBe(false);
});

test('a source that is not there fails the comparison', async () => {
  const scene = await installed();
  const { passed, text } = await verify(scene.models, { source: 'nowhere.gguf' });
  expect(text).toMatch(/reference +FAILED .*nowhere\.gguf/);
  expect(passed).toBe(false);
});

test('a name that is not installed is refused with those that are', async () => {
  await expect(verify((await installed()).models, { names: ['small'] })).rejects.toThrow(
    'The model "small" is not installed; installed are tiny.',
  );
});

test('no model at all is said and is no failure', async () => {
  const scene = await importScene(tinyGguf());
  expect(await verify(scene.models)).toEqual({ passed: true, text: 'No model is installed.' });
});

test('a signal ends the verification with its reason', async () => {
  const reason = new Error('stop');
  await expect(verify((await installed()).models, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

test('a terminal sees how far the reference is, on one line that is gone at the end', async () => {
  const written: string[] = [];
  const progress = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  await verify((await installed()).models, { progress });
  expect(written).toContain('\rtiny: reference 3 of 3\u001B[K');
  expect(written.at(-1)).toBe('\r\u001B[K');
});
