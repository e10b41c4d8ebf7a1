import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataFolder } from '../../src/platform/data-folder.ts';

let directory = '';
let children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-'));
  chmodSync(directory, 0o755);
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(directory, { recursive: true, force: true });
});

/** Another process that opens the folder; `answer` is `held`, or its error. */
async function opener(path: string, user?: number): Promise<{ child: ChildProcess; answer: string }> {
  const script = new URL('fixtures/data-folder-holder.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  children.push(child);
  const [answer] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, answer: String(answer) };
}

test('the folder and its models folder are made', () => {
  const folder = openDataFolder(join(directory, 'a', 'b'));
  expect(folder.path).toBe(join(directory, 'a', 'b'));
  expect(existsSync(folder.modelsDirectory)).toBe(true);
  folder.close();
});

test('a second opening is refused, in the same process too', () => {
  const folder = openDataFolder(directory);
  expect(() => openDataFolder(directory)).toThrow(`in use by process ${process.pid} since `);
  folder.close();
});

test('a closed folder can be opened again, and closing twice does nothing', () => {
  const first = openDataFolder(directory);
  first.close();
  const second = openDataFolder(directory);
  first.close();
  expect(() => openDataFolder(directory)).toThrow('in use');
  second.close();
});

test('another living process keeps its folder', async () => {
  const { child, answer } = await opener(directory);
  expect(answer).toBe('held');
  expect(() => openDataFolder(directory)).toThrow(
    new RegExp(
      `^The data folder ${directory} is in use by process ${child.pid} since \\d{4}-[^ ]+Z\\. Stop it, or set SWITCHYARD_DATA or --data to another folder\\.$`,
    ),
  );
});

test('the holder is refused to another process', async () => {
  const folder = openDataFolder(directory);
  const { answer } = await opener(directory);
  expect(answer).toContain(
    `ConfigurationError: The data folder ${directory} is in use by process ${process.pid}`,
  );
  folder.close();
});

test('a folder whose holder was killed is free, whatever it left behind', async () => {
  const { child } = await opener(directory);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(directory, 'lock.json'))).toBe(true);
  const folder = openDataFolder(directory);
  expect(JSON.parse(readFileSync(join(directory, 'lock.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  folder.close();
});

test('a holder whose file is damaged is still the holder', async () => {
  await opener(directory);
  writeFileSync(join(directory, 'lock.json'), '{');
  expect(() => openDataFolder(directory)).toThrow('is in use by another process.');
});

test('a file in place of the folder is refused', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const remedy = 'Set SWITCHYARD_DATA or --data to a folder that can be written.';
  expect(() => openDataFolder(file)).toThrow(`The data folder ${file} is not a folder. ${remedy}`);
  expect(() => openDataFolder(join(file, 'data'))).toThrow('is not a folder.');
});

test('a folder that cannot be written is refused', async () => {
  const folder = join(directory, 'locked');
  mkdirSync(join(folder, 'models'), { recursive: true });
  chmodSync(folder, 0o555);
  // Permissions do not bind root, so root asks as nobody.
  const { answer } = await opener(folder, process.getuid?.() === 0 ? 65_534 : undefined);
  expect(answer).toBe(
    `ConfigurationError: The data folder ${folder} is not writable. Set SWITCHYARD_DATA or --data to a folder that can be written.`,
  );
});

test('a lock file that is none is named', () => {
  writeFileSync(
    join(directory, 'lock.db'),
    'this is no database, and it is long enough to be looked at '.repeat(20),
  );
  expect(() => openDataFolder(directory)).toThrow(
    `The data folder cannot be locked with ${join(directory, 'lock.db')}: file is not a database.`,
  );
});
