import { join } from 'node:path';
import { sha256OfFile } from './acquire/file-digest.ts';
import { FolderProblem } from './folder-problem.ts';
import type { ModelManifest } from './model-folder.ts';

/** Compares every file with the checksum of the manifest: a seventh of a second for SmolLM2-135M. Throws `FolderProblem`. */
export async function checkDigests(
  directory: string,
  { files }: ModelManifest,
  signal: AbortSignal,
): Promise<void> {
  for (const { path, sha256 } of files) {
    if ((await sha256OfFile(join(directory, path), signal)) !== sha256)
      throw new FolderProblem(`${path} is damaged: its checksum differs from the manifest's`);
  }
}
