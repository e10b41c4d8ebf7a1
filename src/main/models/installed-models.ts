import { readdir, stat } from 'node:fs/promises';
import { ConfigurationError } from '../../platform/configuration-error.ts';
import { didYouMean } from '../../platform/nearest-names.ts';

/** Names of the model folders, sorted. Hidden ones are drafts of models that are being fetched. */
export async function installedModels(modelsDirectory: string): Promise<readonly string[]> {
  const found = await stat(modelsDirectory).catch(() => undefined);
  if (found?.isDirectory() !== true) return [];
  const entries = await readdir(modelsDirectory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

export function notInstalled(name: string, installed: readonly string[]): ConfigurationError {
  const known = installed.length === 0 ? 'none is' : `installed are ${installed.join(', ')}`;
  return new ConfigurationError(
    `The model "${name}" is not installed${didYouMean(name, installed)}; ${known}.`,
    { exitCode: 2 },
  );
}
