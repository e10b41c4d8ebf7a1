import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadFailure } from './load-failure.ts';

const remedy = 'a model folder holds regular files only. Put the file itself there.';

/**
 * Opens a file of a model folder for reading; a missing one is `undefined`. Throws `LoadFailure` for a link, a pipe or a device, and never
 * waits for one.
 */
export async function openRegular(directory: string, file: string): Promise<FileHandle | undefined> {
  // Where the system has no such flag it counts as 0. Without O_NONBLOCK opening a pipe waits until somebody writes into it.
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const handle = await open(join(directory, file), O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw new LoadFailure(`${file} cannot be opened (${cause.code ?? 'unknown error'}): ${remedy}`, {
        cause,
      });
    },
  );
  if (handle === undefined || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new LoadFailure(`${file} is not a regular file: ${remedy}`);
}

/** Reads a small text file of a model folder; a missing one is `undefined`. Throws `LoadFailure` for one longer than `maxBytes`. */
export async function readBoundedText(
  directory: string,
  file: string,
  maxBytes: number,
): Promise<string | undefined> {
  const handle = await openRegular(directory, file);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size <= maxBytes) return await handle.readFile('utf8');
    throw new LoadFailure(
      `${file} has ${size} bytes; at most ${maxBytes} are read. Use another version of the model.`,
    );
  } finally {
    await handle.close();
  }
}
