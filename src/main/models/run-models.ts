import { join } from 'node:path';
import { createLocalResources } from '../../../adapters/index.ts';
import type { Command } from '../../platform/config/command-line.ts';
import { processEnvironment, readEnvironment, type Environment } from '../../platform/config/environment.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { openDataFolder } from '../../platform/data-folder.ts';
import { stopSignal } from '../stop-signal.ts';
import { listModels } from './list-models.ts';
import { pullModel } from './pull-model.ts';
import { removeModel } from './remove-model.ts';
import { verifyModels } from './verify.ts';

type ModelsCommand = Extract<Command, { type: 'models' }>;

interface Run {
  readonly command: ModelsCommand;
  readonly environment: Environment;
  readonly modelsDirectory: string;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
}

/**
 * `switchyard models`. What changes folders holds the data folder, so it is refused while a gateway does; looking is always allowed.
 * @throws ConfigurationError
 */
export async function runModels(command: ModelsCommand): Promise<void> {
  const environment = readEnvironment(processEnvironment(), command.flags);
  const modelsDirectory = join(environment.dataDirectory, 'models');
  const run: Run = { command, environment, modelsDirectory, signal: abortOnStop() };
  switch (command.action) {
    case 'ls':
      return print(await listModels(modelsDirectory, run.signal));
    case 'verify':
      return await verify(run);
    case 'bench':
      return await bench(run);
    case 'pull':
    case 'rm':
      return await change(run);
  }
}

async function verify({ command: { model, source }, modelsDirectory, signal }: Run): Promise<void> {
  const passed = await verifyModels({
    names: model === undefined ? [] : [model],
    modelsDirectory,
    out,
    signal,
    ...(source === undefined ? {} : { source }),
  });
  if (!passed) process.exitCode = 1;
}

async function bench({ command, environment, modelsDirectory, signal }: Run): Promise<void> {
  const { model = '', callers, json } = command;
  // Brings the driver along, which looking at folders does not need.
  const { benchLines } = await import('./bench.ts');
  const memoryBytes = environment.localMemoryBytes;
  print(await benchLines({ model, modelsDirectory, callers, json, memoryBytes, signal }));
}

async function change({ command, environment, signal }: Run): Promise<void> {
  const { action, model = '', name } = command;
  using resources = new DisposableStack();
  const folder = openDataFolder(environment.dataDirectory, clock);
  resources.defer(() => folder.close());
  const { modelsDirectory } = folder;
  if (action === 'rm') return out(await removeModel(modelsDirectory, model));
  const { memoryBytes } = createLocalResources({ memoryBytes: environment.localMemoryBytes });
  const hub = environment.huggingFace;
  out(await pullModel({ source: model, name, modelsDirectory, hub, maxBytes: memoryBytes, signal }));
}

function abortOnStop(): AbortSignal {
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort(new Error('stopped')));
  return controller.signal;
}

function print(lines: readonly string[]): void {
  for (const line of lines) out(line);
}

function out(line: string): void {
  process.stdout.write(`${line}\n`);
}
