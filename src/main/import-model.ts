import { basename, dirname, join, resolve } from 'node:path';
import {
  importEncoder,
  importGguf,
  ModelImportError,
  removeDrafts,
} from '../../adapters/onnx/import/index.ts';
import { capabilitiesOf } from '../../adapters/onnx/local-traits.ts';
import type { ModelManifest } from '../../adapters/onnx/model-folder.ts';
import { modelName } from '../../adapters/onnx/options.ts';
import { systemClock as clock } from '../platform/clock.ts';
import type { Command } from '../platform/config/command-line.ts';
import { processEnvironment, readEnvironment } from '../platform/config/environment.ts';
import { ConfigurationError } from '../platform/configuration-error.ts';
import { openDataFolder } from '../platform/data-folder.ts';
import { createProgressBar } from '../platform/progress-bar.ts';
import { stopSignal } from './stop-signal.ts';

type ImportCommand = Extract<Command, { type: 'import' }>;

/**
 * Turns a GGUF file, or the weights of an encoder, into a model of the data folder and says how to use it. The model is there whole or not at all, also after Ctrl-C.
 * @throws ConfigurationError for what is wrong with the file, the name or the folder.
 */
export async function importModel({ file, name, flags }: ImportCommand): Promise<void> {
  const { dataDirectory } = readEnvironment(processEnvironment(), flags);
  const model = name === undefined ? nameFromFile(file) : checkedName(name);
  using resources = new DisposableStack();
  const dataFolder = openDataFolder(dataDirectory, clock);
  resources.defer(() => dataFolder.close());

  // The folder is this process's alone, so nobody is at work on them.
  await removeDrafts(dataFolder.modelsDirectory);

  const directory = join(dataFolder.modelsDirectory, model);
  const bar = createProgressBar(process.stderr, { label: model, clock });
  resources.defer(() => bar.end());
  try {
    const [importFile, source] = isSafetensors(file)
      ? ([importEncoder, `safetensors:${basename(folderOf(file))}`] as const)
      : ([importGguf, `gguf:${basename(file)}`] as const);
    const manifest = await importFile({
      file,
      directory,
      name: model,
      source,
      signal: abortOnStop(),
      onProgress: (progress) => bar.update({ step: 'converting', what: basename(file), ...progress }),
    });
    bar.update({ step: 'ready' });
    process.stdout.write(instructions(manifest, directory));
  } catch (error) {
    bar.end();
    throw readableError(file, error);
  }
}

function isSafetensors(file: string): boolean {
  return file.toLowerCase().endsWith('.safetensors');
}

function folderOf(file: string): string {
  return dirname(resolve(file));
}

function checkedName(name: string): string {
  if (modelName.pattern.test(name)) return name;
  throw new ConfigurationError(`--name must be ${modelName.rule}; it is "${name}".`, { exitCode: 2 });
}

/** `SmolLM2-135M-Instruct.Q4_1.gguf` becomes `smollm2-135m-instruct.q4_1`. Safetensors are all called alike, so their folder's name counts. */
function nameFromFile(file: string): string {
  const name = basename(isSafetensors(file) ? folderOf(file) : file)
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 100);
  if (modelName.pattern.test(name)) return name;
  throw new ConfigurationError(`No name can be made of "${basename(file)}"; give one with --name.`);
}

class Interrupted extends Error {}

function abortOnStop(): AbortSignal {
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort(new Interrupted()));
  return controller.signal;
}

/** What a person can mend in one line; anything else stays what it is. */
function readableError(file: string, error: unknown): unknown {
  if (error instanceof Interrupted) {
    return new ConfigurationError('Interrupted; nothing of the model was kept.', { cause: error });
  }
  if (error instanceof ModelImportError) {
    const message = error.code === 'target-exists' ? error.message : `${file}: ${error.message}`;
    return new ConfigurationError(message, { cause: error });
  }
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new ConfigurationError(`${file} cannot be imported: ${fileProblem(error.code, error.message)}.`, {
    cause: error,
  });
}

function fileProblem(code: unknown, message: string): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; the model takes about one and a half times the size of a 4-bit file';
    default:
      return message;
  }
}

function instructions(manifest: ModelManifest, directory: string): string {
  const { name } = manifest;
  const capabilities = capabilitiesOf(manifest);
  return [
    `The model is at ${directory}.`,
    'To serve it, put this below "deployments:" of switchyard.yaml and start the gateway on the same data folder:',
    '',
    `  - name: ${name}`,
    '    kind: onnx',
    '    options:',
    `      model: ${name}`,
    '    local: true',
    // What writes needs no word.
    ...(capabilities.includes('text') ? [] : [`    capabilities: [${capabilities.join(', ')}]`]),
    '',
  ].join('\n');
}
