import { createHash } from 'node:crypto';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HubSource } from './sources.ts';

/** Folders of one acquisition. All are on the disk of the models, so that a finished model moves by one rename. */
export interface Workspace {
  /** Where the model will be. */
  readonly model: string;
  /** Unfinished work; a name that no model can have. */
  readonly root: string;
  /** For a conversion, its drafts included. */
  readonly conversion: string;
  readonly wheel: string;
  /** Downloads of a hub source; kept after a failure, so that the next try goes on. */
  hub(source: HubSource): string;
}

export function createWorkspace(modelsDirectory: string, name: string): Workspace {
  const models = resolve(modelsDirectory);
  const root = join(models, '.acquire', name);
  return {
    model: join(models, name),
    root,
    conversion: join(root, 'conversion'),
    wheel: join(root, 'wheel'),
    hub: (source) => join(root, `hub-${hash(`${source.repository}@${source.revision}/${source.model}`)}`),
  };
}

export async function openWorkspace({ root }: Workspace): Promise<void> {
  await mkdir(root, { recursive: true });
}

/** Removes everything that the next try could not use. */
export async function closeWorkspace(
  workspace: Workspace,
  { keepDownloads }: { readonly keepDownloads: boolean },
): Promise<void> {
  if (keepDownloads) {
    await rm(workspace.conversion, { recursive: true, force: true });
    await rm(workspace.wheel, { recursive: true, force: true });
  } else {
    await rm(workspace.root, { recursive: true, force: true });
  }
  await removeIfEmpty(workspace.root);
  await removeIfEmpty(join(workspace.root, '..'));
}

async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => {
    // Not empty, or gone already: both are fine.
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
