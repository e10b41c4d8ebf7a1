import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { modelManifestSchema } from '../../adapters/onnx/model-folder.ts';
import { miniLmWeights, smollm2Gguf } from '../support/real-downloads.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
let file: string;

beforeAll(async () => {
  file = await smollm2Gguf();
});

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'import-real-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `switchyard import`; sends it a signal at its first sign of progress where one is given. */
async function importCommand(args: readonly string[], signal?: NodeJS.Signals): Promise<Finished> {
  const child = spawn(process.execPath, [main, 'import', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (signal !== undefined) child.stderr.once('data', () => child.kill(signal));
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

test('a GGUF file becomes a model that is named, placed and told how to use', async () => {
  const data = await dataFolder();
  const { code, stdout, stderr } = await importCommand([file, '--name', 'mine', '--data', data]);
  expect(code).toBe(0);
  expect(stdout).toContain(`The model is at ${join(data, 'models', 'mine')}.`);
  expect(stdout).toContain('model: mine');
  expect(stderr).toContain('mine: converting SmolLM2-135M-Instruct.Q4_1.gguf');
  const manifest = modelManifestSchema.parse(
    JSON.parse(await readFile(join(data, 'models', 'mine', 'switchyard.json'), 'utf8')),
  );
  expect(manifest).toMatchObject({
    name: 'mine',
    source: 'gguf:SmolLM2-135M-Instruct.Q4_1.gguf',
    // The same on every machine: cached answers and files that are copied around depend on it.
    version: 'da7e4196606d07da',
    decoder: { layers: 30, keyValueHeads: 3, headSize: 64, vocabularySize: 49_152, contextTokens: 8192 },
    tokens: { bos: 1, eos: [2, 0] },
  });
});

test('without a name the model is called as its file', async () => {
  const data = await dataFolder();
  await importCommand([file, '--data', data]);
  expect(await readdir(join(data, 'models'))).toEqual(['smollm2-135m-instruct.q4_1']);
});

test('the weights of an encoder become a model that is called as their folder', async () => {
  const data = await dataFolder();
  const { code, stdout } = await importCommand([await miniLmWeights(), '--data', data]);
  expect({ code, models: await readdir(join(data, 'models')) }).toEqual({ code: 0, models: ['model'] });
  expect(stdout).toContain('capabilities: [embeddings]');
});

test('a model that is there is not replaced', async () => {
  const data = await dataFolder();
  await importCommand([file, '--name', 'mine', '--data', data]);
  expect(await importCommand([file, '--name', 'mine', '--data', data])).toEqual({
    code: 1,
    stdout: '',
    stderr: `${join(data, 'models', 'mine')} exists already; remove it to import again.\n`,
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends an import and leaves nothing', async (signal) => {
  const data = await dataFolder();
  const { code, stdout, stderr } = await importCommand([file, '--name', 'mine', '--data', data], signal);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/\nInterrupted; nothing of the model was kept\.\n$/);
  expect(await readdir(join(data, 'models'))).toEqual([]);
});

test('an import that was killed is cleared away by the next one', async () => {
  const data = await dataFolder();
  await importCommand([file, '--name', 'mine', '--data', data], 'SIGKILL');
  expect(await readdir(join(data, 'models'))).toEqual([expect.stringMatching(/^\.mine\.importing-/)]);
  await importCommand([file, '--name', 'mine', '--data', data]);
  expect(await readdir(join(data, 'models'))).toEqual(['mine']);
});

test.each([
  ['no file', '/nowhere.gguf', '/nowhere.gguf cannot be imported: there is no such file.\n'],
  ['no GGUF file', main, `${main}: The file does not start with the letters GGUF.\n`],
  ['a folder', tmpdir(), `${tmpdir()} cannot be imported: it is a folder.\n`],
])('%s is refused in one line', async (_what, path, stderr) => {
  const data = await dataFolder();
  expect(await importCommand([path, '--name', 'mine', '--data', data])).toEqual({
    code: 1,
    stdout: '',
    stderr,
  });
});

test('a name that cannot be one is a mistake of the command line', async () => {
  expect(await importCommand([file, '--name', 'No Name'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^--name must be [^\n]+\n$/),
  });
});
