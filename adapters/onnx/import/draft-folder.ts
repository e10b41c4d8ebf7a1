import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { ModelImportError } from './model-import-error.ts';

/** In the names of folders that an import is still writing. */
const draftMark = '.importing-';

export interface DraftOptions {
  /** The folder to make. It must not exist; its parents are made as needed. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a folder that appears under its name whole or not at all: `write` fills a draft beside it. */
export async function publishFolder<Result>(
  options: DraftOptions,
  write: (draft: string) => Promise<Result>,
): Promise<Result> {
  const directory = resolve(options.directory);
  await mkdir(dirname(directory), { recursive: true });
  const draft = await mkdtemp(join(dirname(directory), `.${basename(directory)}${draftMark}`));
  try {
    const result = await write(draft);
    options.signal?.throwIfAborted();
    // A temporary folder is its maker's alone; a model may be served by another user.
    await chmod(draft, 0o755);
    await publish(draft, directory);
    return result;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what imports that were killed left in a folder. Only for a folder in which no import is at work. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') && name.includes(draftMark)) await rm(join(folder, name), { recursive: true });
  }
}

/** @throws ModelImportError where the folder is there already. */
export async function refuseExisting(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found !== undefined) throw targetExists(directory);
}

/** Renaming onto an empty folder replaces it, onto anything else fails, so a folder made meanwhile is not harmed. */
async function publish(draft: string, directory: string): Promise<void> {
  try {
    await rename(draft, directory);
  } catch (error) {
    if (isFileError(error, 'ENOTEMPTY') || isFileError(error, 'EEXIST')) throw targetExists(directory, error);
    throw error;
  }
}

function targetExists(directory: string, cause?: unknown): ModelImportError {
  return new ModelImportError('target-exists', `${directory} exists already; remove it to import again.`, {
    cause,
  });
}

function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
