import { basename } from 'node:path';
import { LoadFailure } from './load-failure.ts';

/** What is wrong with a model folder, in words for clients: no paths of this machine, file names relative to the folder. */
export class FolderProblem extends Error {
  override readonly name = 'FolderProblem';
}

/** The failure of a load that a problem of the model folder means. */
export function folderFailure(directory: string, cause: unknown): LoadFailure {
  if (cause instanceof LoadFailure) return cause;
  const reason = cause instanceof FolderProblem ? cause.message : 'it cannot be read';
  return new LoadFailure(
    `The model folder "${basename(directory)}" cannot be used: ${reason}. Repair it, or remove it to have the model fetched anew.`,
    { cause },
  );
}
