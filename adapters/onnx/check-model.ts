import { checkDigests } from './check-digests.ts';
import { folderFailure } from './folder-problem.ts';
import { checkGraph } from './graph-check/check-graph.ts';
import type { ModelFolder } from './read-model-folder.ts';

/**
 * Looks at what the files of a model folder hold, in the model's own process at each of its starts, also where the folder was good at the
 * one before. Throws `LoadFailure`.
 */
export async function checkModel({ directory, manifest }: ModelFolder): Promise<void> {
  const never = new AbortController().signal;
  await checkDigests(directory, manifest, never).catch((cause: unknown) => {
    throw folderFailure(directory, cause);
  });
  await checkGraph(directory, manifest);
}
