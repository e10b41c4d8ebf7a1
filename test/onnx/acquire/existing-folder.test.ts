import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireModel } from '../../../adapters/onnx/acquire/index.ts';
import { modelManifestSchema } from '../../../adapters/onnx/model-folder.ts';
import { createScene, tinyFiles, type Scene } from './scene.ts';

async function filled(files: Readonly<Record<string, Buffer>>): Promise<Scene> {
  const scene = await createScene({});
  for (const [path, content] of Object.entries(files)) {
    const file = join(scene.modelsDirectory, 'tiny', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return scene;
}

async function manifestOf(scene: Scene): Promise<ReturnType<typeof modelManifestSchema.parse>> {
  const text = await readFile(join(scene.modelsDirectory, 'tiny/switchyard.json'), 'utf8');
  return modelManifestSchema.parse(JSON.parse(text));
}

test('a folder of ONNX files that a person put there is used and gets a manifest', async () => {
  const scene = await filled(tinyFiles);
  expect(await acquireModel(scene)).toEqual({ directory: join(scene.modelsDirectory, 'tiny') });
  expect(await manifestOf(scene)).toMatchObject({ source: 'folder', graphFile: 'onnx/model_q4.onnx' });
});

test('of several graphs the four-bit one is taken, with its weights file', async () => {
  const weights = Buffer.from('weights');
  const scene = await filled({
    ...tinyFiles,
    'onnx/model.onnx': weights,
    'onnx/model_fp16.onnx': weights,
    'onnx/model_q4.onnx_data': weights,
  });
  await acquireModel(scene);
  const manifest = await manifestOf(scene);
  expect(manifest.files.map((file) => file.path).filter((path) => path.startsWith('onnx/'))).toEqual([
    'onnx/model_q4.onnx',
    'onnx/model_q4.onnx_data',
  ]);
});

test('another file makes another version', async () => {
  const scene = await filled(tinyFiles);
  await acquireModel(scene);
  const { version } = await manifestOf(scene);
  const changed = await filled({ ...tinyFiles, 'tokenizer.json': Buffer.from('{"model":{"type":"BPE"}}') });
  await acquireModel(changed);
  expect((await manifestOf(changed)).version).not.toBe(version);
});

test('one flipped byte in a file of the manifest is refused', async () => {
  const scene = await filled(tinyFiles);
  await acquireModel(scene);
  const file = join(scene.modelsDirectory, 'tiny/tokenizer.json');
  const content = await readFile(file);
  content[3] = (content[3] ?? 0) ^ 1;
  await writeFile(file, content);
  await expect(acquireModel(scene)).rejects.toThrow('tokenizer.json is damaged');
});

test('a file of the manifest that is missing is named', async () => {
  const scene = await filled(tinyFiles);
  await acquireModel(scene);
  await rm(join(scene.modelsDirectory, 'tiny/onnx/model_q4.onnx'));
  await expect(acquireModel(scene)).rejects.toThrow('onnx/model_q4.onnx is missing');
});

test('a symbolic link in place of a file is refused', async () => {
  const scene = await filled(tinyFiles);
  await acquireModel(scene);
  const file = join(scene.modelsDirectory, 'tiny/tokenizer.json');
  await rename(file, join(scene.modelsDirectory, 'elsewhere.json'));
  await symlink(join(scene.modelsDirectory, 'elsewhere.json'), file);
  await expect(acquireModel(scene)).rejects.toThrow('tokenizer.json is a symbolic link');
});

test('a symbolic link in place of the folder is refused', async () => {
  const scene = await filled(tinyFiles);
  const folder = join(scene.modelsDirectory, 'tiny');
  await rename(folder, join(scene.modelsDirectory, 'elsewhere'));
  await symlink(join(scene.modelsDirectory, 'elsewhere'), folder);
  await expect(acquireModel(scene)).rejects.toThrow('symbolic links are not followed');
});

test.each(['../outside.json', '/etc/passwd', 'a/../../b', 'C:\\model', 'a//b'])(
  'a manifest that names the file %s is refused',
  async (path) => {
    const scene = await filled(tinyFiles);
    await acquireModel(scene);
    const manifest = await manifestOf(scene);
    const files = [...manifest.files, { path, bytes: 1, sha256: '0'.repeat(64) }];
    const file = join(scene.modelsDirectory, 'tiny/switchyard.json');
    await writeFile(file, JSON.stringify({ ...manifest, files }));
    await expect(acquireModel(scene)).rejects.toThrow('switchyard.json names a file outside');
  },
);

test('a folder that is not a model is left alone and named', async () => {
  const scene = await filled({ 'notes.txt': Buffer.from('mine') });
  await expect(acquireModel(scene)).rejects.toThrow(
    'lacks config.json, tokenizer.json, tokenizer_config.json, onnx/model.onnx',
  );
  expect(await readFile(join(scene.modelsDirectory, 'tiny/notes.txt'), 'utf8')).toBe('mine');
});

test('a manifest that is cut off is refused in words', async () => {
  const scene = await filled({ ...tinyFiles, 'switchyard.json': Buffer.from('{"formatVersion":1,') });
  await expect(acquireModel(scene)).rejects.toThrow('switchyard.json is not JSON');
});

test.each(['../up', 'a/b', 'UPPER', '.hidden', '', 'a\0b', 'x'.repeat(101), '..', 'ä'])(
  'the name %j is refused',
  async (name) => {
    const scene = await createScene({ name });
    await expect(acquireModel(scene)).rejects.toThrow('cannot be the name of a model');
  },
);
