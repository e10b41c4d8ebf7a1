import { createHash } from 'node:crypto';

import type { ModelManifest } from '../model-folder.ts';

/** The same bytes from the same conversion have the same version, wherever and whenever they were imported. */
export function importedVersion(conversion: string, files: ModelManifest['files']): string {
  const hash = createHash('sha256').update(conversion);
  for (const { path, sha256 } of files) hash.update(`\n${path} ${sha256}`);
  return hash.digest('hex').slice(0, 16);
}
