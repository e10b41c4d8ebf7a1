import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestFileName, type ModelManifest } from '../model-folder.ts';

/** Writes the manifest in one rename, so that it is there whole or not at all. */
export async function writeManifest(directory: string, manifest: ModelManifest): Promise<void> {
  const file = join(directory, manifestFileName);
  await writeFile(`${file}.part`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(`${file}.part`, file);
}
