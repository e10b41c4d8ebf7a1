import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { ModelManifest } from '../model-folder.ts';

type FileEntry = ModelManifest['files'][number];

/** A file written from start to end and hashed on the way, so that it need not be read again. */
export interface HashedFile {
  /** Relative to its folder. */
  readonly path: string;
  /** Bytes written so far. */
  readonly position: () => number;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Writes zeros up to the next multiple. */
  readonly align: (multiple: number) => Promise<void>;
  /** To be called once, also after a failure. */
  readonly close: () => Promise<void>;
  /** What the manifest says of the file; final once it is closed. */
  readonly entry: () => FileEntry;
}

export async function createHashedFile(folder: string, path: string): Promise<HashedFile> {
  const file = await open(join(folder, path), 'wx');
  const hash = createHash('sha256');
  let position = 0;

  async function write(bytes: Uint8Array): Promise<void> {
    hash.update(bytes);
    await file.writeFile(bytes);
    position += bytes.byteLength;
  }

  return {
    path,
    position: () => position,
    write,
    align: async (multiple) => {
      const missing = (multiple - (position % multiple)) % multiple;
      if (missing > 0) await write(new Uint8Array(missing));
    },
    close: () => file.close(),
    entry: () => ({ path, bytes: position, sha256: hash.copy().digest('hex') }),
  };
}

/** Writes a whole file at once. */
export async function writeHashedFile(
  folder: string,
  path: string,
  content: Uint8Array | string,
): Promise<FileEntry> {
  const file = await createHashedFile(folder, path);
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content) : content);
  } finally {
    await file.close();
  }
  return file.entry();
}

export function writeHashedJson(folder: string, path: string, content: object): Promise<FileEntry> {
  return writeHashedFile(folder, path, `${JSON.stringify(content, undefined, 2)}\n`);
}
