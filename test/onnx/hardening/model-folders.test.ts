import { execFileSync } from 'node:child_process';
import { rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changeManifest, problemOf, replaceFile } from './spoil.ts';

async function manifestNames(folder: string, path: string): Promise<void> {
  const entry = { path, bytes: 1, sha256: '0'.repeat(64) };
  await changeManifest(folder, (manifest) => ({ ...manifest, files: [...manifest.files, entry] }));
}

test.each(['model.onnx', 'model.onnx_data', 'tokenizer.json', 'config.json'])(
  'an empty %s is named with both sizes',
  async (file) => {
    expect(await problemOf((folder) => truncate(join(folder, file), 0))).toMatch(
      new RegExp(`"tiny" cannot be used: ${file.replace('.', '\\.')} has 0 bytes instead of \\d+`),
    );
  },
);

test('an empty file that the manifest agrees with is refused for what it lacks', async () => {
  expect(await problemOf((folder) => replaceFile(folder, 'model.onnx', ''))).toContain(
    'The graph model.onnx cannot be loaded: it is cut off or not an ONNX file',
  );
  expect(await problemOf((folder) => replaceFile(folder, 'tokenizer.json', ''))).toContain(
    'tokenizer cannot be loaded',
  );
});

test.each(['../outside', '/etc/passwd', 'a/../../outside', 'C:\\outside', 'a%2e%2e/outside', ''])(
  'a manifest that names the file %j is refused',
  async (path) => {
    expect(await problemOf((folder) => manifestNames(folder, path))).toMatch(
      /switchyard\.json (names a file outside|is not a manifest of this version)/,
    );
  },
);

test('a link in place of a file is not followed', async () => {
  expect(await problemOf(linkFile)).toContain('config.json is a symbolic link: put the file itself there');
});

async function linkFile(folder: string): Promise<void> {
  await rename(join(folder, 'config.json'), join(folder, '..', 'config.json'));
  await symlink('../config.json', join(folder, 'config.json'));
}

test('a link in place of the folder is not followed', async () => {
  expect(await problemOf(linkFolder)).toContain('symbolic links are not followed');
});

async function linkFolder(folder: string): Promise<void> {
  await rename(folder, `${folder}-elsewhere`);
  await symlink(`${folder}-elsewhere`, folder);
}

test('a pipe in place of a file is refused, and nobody waits for what comes through it', async () => {
  expect(await problemOf(putPipe)).toContain('config.json is neither a file nor a folder');
});

async function putPipe(folder: string): Promise<void> {
  await rm(join(folder, 'config.json'));
  execFileSync('mkfifo', [join(folder, 'config.json')]);
}

test('a file that is read and that the manifest does not list is refused', async () => {
  const template = 'chat_template.jinja';
  expect(await problemOf((folder) => writeFile(join(folder, template), '{{ messages }}'))).toContain(
    'chat_template.jinja is not of the model',
  );
});
