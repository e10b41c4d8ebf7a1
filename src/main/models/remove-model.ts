import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedModels, notInstalled } from './installed-models.ts';

/** Removes a model's folder; it is there whole or not at all, also after a crash. @throws ConfigurationError */
export async function removeModel(modelsDirectory: string, name: string): Promise<string> {
  const installed = await installedModels(modelsDirectory);
  if (!installed.includes(name)) throw notInstalled(name, installed);
  const leaving = join(modelsDirectory, `.removing-${name}`);
  await rm(leaving, { recursive: true, force: true });
  await rename(join(modelsDirectory, name), leaving);
  await rm(leaving, { recursive: true });
  return `The model ${name} is removed.`;
}
