import { readFile, rm, stat, writeFile } from 'node:fs/promises';

/** The beginning of a file whose download broke off. */
export interface PartialFile {
  readonly bytes: number;
  /** Strong ETag of the storage the bytes came from; without one only the checksum tells whether the rest fits. */
  readonly validator: string | undefined;
}

export function partialPath(file: string): string {
  return `${file}.part`;
}

/** What an earlier download left, if it can be continued. */
export async function readPartial(file: string): Promise<PartialFile | undefined> {
  const bytes = await sizeOfFile(partialPath(file));
  const validator = await readFile(validatorPath(file), 'utf8').catch(() => undefined);
  return bytes === undefined || bytes === 0 ? undefined : { bytes, validator };
}

/** Kept beside the part, so that the next start can ask for the rest. RFC 9110 allows only strong validators in `If-Range`. */
export async function writeValidator(file: string, etag: string | undefined): Promise<void> {
  if (etag === undefined || etag.startsWith('W/')) await removeValidator(file);
  else await writeFile(validatorPath(file), etag);
}

export async function removePartial(file: string): Promise<void> {
  await rm(partialPath(file), { force: true });
  await removeValidator(file);
}

export async function removeValidator(file: string): Promise<void> {
  await rm(validatorPath(file), { force: true });
}

/** Size in bytes, `undefined` where there is no such file. */
export async function sizeOfFile(file: string): Promise<number | undefined> {
  return stat(file).then(
    (entry) => entry.size,
    () => undefined,
  );
}

function validatorPath(file: string): string {
  return `${file}.part.etag`;
}
