import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** sha256 of a file, in hex. Read in pieces, so that hashing a large file does not hold up the event loop. */
export function sha256OfFile(file: string, signal: AbortSignal): Promise<string> {
  return digest(file, 'sha256', { signal, prefix: '' });
}

/** The hash by which git knows a file's content, in hex: what the hub states for files that are not in large-file storage. */
export function gitBlobHash(file: string, bytes: number, signal: AbortSignal): Promise<string> {
  return digest(file, 'sha1', { signal, prefix: `blob ${bytes}\0` });
}

async function digest(
  file: string,
  algorithm: 'sha256' | 'sha1',
  { signal, prefix }: { readonly signal: AbortSignal; readonly prefix: string },
): Promise<string> {
  const hash = createHash(algorithm).update(prefix);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, signal }))
    hash.update(chunk);
  return hash.digest('hex');
}
