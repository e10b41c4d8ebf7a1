import { createLocalResources } from '../../../adapters/index.ts';
import type { Command } from '../../platform/config/command-line.ts';
import { processEnvironment, readEnvironment } from '../../platform/config/environment.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { openDataFolder } from '../../platform/data-folder.ts';
import { stopSignal } from '../stop-signal.ts';
import { listModels } from './list-models.ts';
import { pullModel } from './pull-model.ts';
import { removeModel } from './remove-model.ts';
import { verifyModels } from './verify.ts';
import { join } from 'node:path';

/**
 * `switchyard models`. What changes folders holds the data folder, so it is refused while a gateway does; looking is always allowed.
 * @throws ConfigurationError
 */
export async function runModels({
  action,
  model,
  name,
  source,
  flags,
}: Extract<Command, { type: 'models' }>): Promise<void> {
  const environment = readEnvironment(processEnvironment(), flags);
  const { signal } = stopController();
  switch (action) {
    case 'ls':
      for (const line of await listModels(join(environment.dataDirectory, 'models'), signal)) out(line);
      return;
    case 'verify': {
      const names = model === undefined ? [] : [model];
      const modelsDirectory = join(environment.dataDirectory, 'models');
      const passed = await verifyModels({
        names,
        modelsDirectory,
        out,
        signal,
        ...(source === undefined ? {} : { source }),
      });
      if (!passed) process.exitCode = 1;
      return;
    }
    case 'pull':
    case 'rm': {
      using resources = new DisposableStack();
      const folder = openDataFolder(environment.dataDirectory, clock);
      resources.defer(() => folder.close());
      const { modelsDirectory } = folder;
      const wanted = model ?? '';
      if (action === 'rm') return out(await removeModel(modelsDirectory, wanted));
      const { memoryBytes } = createLocalResources({ memoryBytes: environment.localMemoryBytes });
      const hub = environment.huggingFace;
      out(await pullModel({ source: wanted, name, modelsDirectory, hub, maxBytes: memoryBytes, signal }));
    }
  }
}

function stopController(): AbortController {
  const controller = new AbortController();
  void stopSignal().then(() => controller.abort(new Error('stopped')));
  return controller;
}

function out(line: string): void {
  process.stdout.write(`${line}\n`);
}
