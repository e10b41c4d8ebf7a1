import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { revision, startFakeHub } from '../onnx/acquire/fake-hub.ts';
import { writeTinyGguf } from '../support/tiny-gguf.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const main = new URL('../../src/main.ts', import.meta.url).pathname;

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'models-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'tiny.gguf');
  await writeTinyGguf(file, { contextTokens: 256 });
  await importGguf({
    file,
    directory: join(folder, 'models', 'tiny'),
    name: 'tiny',
    source: 'gguf:tiny.gguf',
  });
  return folder;
}

function models(data: string, ...words: string[]): Promise<Ended> {
  return modelsWith({}, data, ...words);
}

function modelsWith(env: NodeJS.ProcessEnv, data: string, ...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, 'models', ...words, '--data', data],
      // oxlint-disable-next-line node/no-process-env -- a test is its own composition root
      { env: { ...process.env, ...env } },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      },
    );
  });
}

test('ls shows what is installed, and what is damaged', async () => {
  const data = await dataFolder();
  expect((await models(data, 'ls')).out).toMatch(
    /^NAME.*\ntiny {2}generate {2}[0-9a-f]{16} {2}1 MB {2}gguf:tiny\.gguf\n$/,
  );
  await rm(join(data, 'models', 'tiny', 'tokenizer.json'));
  expect((await models(data, 'ls')).out).toContain('tokenizer.json is missing');
});

test('verify compares a model with the reference, and fails for a flipped byte', async () => {
  const data = await dataFolder();
  const whole = await models(data, 'verify', 'tiny');
  expect(whole.out).toMatch(/files +ok/);
  expect(whole.out).toMatch(/top-1/);
  const file = join(data, 'models', 'tiny', 'model.onnx_data');
  const bytes = await readFile(file);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const damaged = await models(data, 'verify', 'tiny');
  expect(damaged).toMatchObject({ code: 1, out: expect.stringContaining('model.onnx_data is damaged') });
});

test('bench prints figures for programs', async () => {
  const data = await dataFolder();
  const { code, out } = await models(data, 'bench', 'tiny', '--callers', '2', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    model: 'tiny',
    callers: 2,
    figures: { loadMs: expect.any(Number) },
  });
});

test('rm removes one, and names what is installed for another', async () => {
  const data = await dataFolder();
  expect(await models(data, 'rm', 'tinny')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean "tiny"'),
  });
  expect((await models(data, 'rm', 'tiny')).out).toBe('The model tiny is removed.\n');
  expect((await models(data, 'ls')).out).toContain('No model is installed');
});

test('a name without a known source is refused with what can be done', async () => {
  const data = await dataFolder();
  const { code, err } = await models(data, 'pull', 'smollm2-135');
  expect(code).toBe(2);
  expect(err).toContain('did you mean "smollm2-135m"');
  expect(err).toContain('switchyard import');
});

test('pull takes a repository of the hub, by a name of its own', async () => {
  const data = await dataFolder();
  const gguf = await readFile(join(data, 'tiny.gguf'));
  await using hub = await startFakeHub({ 'tiny.Q4_1.gguf': gguf });
  const env = { HF_ENDPOINT: hub.endpoint };
  const pulled = await modelsWith(env, data, 'pull', 'hf:team/tiny@main', '--name', 'pet');
  expect(pulled).toMatchObject({ code: 0, out: `The model pet is at ${join(data, 'models', 'pet')}.\n` });
  expect((await models(data, 'ls')).out).toContain(`hf:team/tiny@${revision}`);
  const taken = await modelsWith(env, data, 'pull', 'hf:team/tiny', '--name', 'tiny');
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('from gguf:tiny.gguf') });
  const unknown = await modelsWith(env, data, 'pull', 'hf:team/other');
  expect(unknown).toMatchObject({
    code: 1,
    err: expect.stringContaining('the hub has no team/other at main'),
  });
});

test('an action that is missing or unknown is named', async () => {
  const data = await dataFolder();
  expect((await models(data, 'lst')).err).toContain('did you mean "ls"');
  expect((await models(data, 'rm')).err).toContain('needs the name of a model');
});
