import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadFailure } from './load-failure.ts';

/**
 * Reads a small text file of a model folder. A link, a pipe or a file longer than `maxBytes` throws `LoadFailure` and is not read;
 * a missing one is `undefined`.
 */
export async function readBoundedText(
  directory: string,
  file: string,
  maxBytes: number,
): Promise<string | undefined> {
  // Without O_NONBLOCK opening a pipe waits until somebody writes into it.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(join(directory, file), flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new LoadFailure(`${file} cannot be opened (${error.code ?? 'unknown error'}): ${remedy}`, {
      cause: error,
    });
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await expectRegular(handle.stat(), file);
    if (size > maxBytes)
      throw new LoadFailure(
        `${file} has ${size} bytes; at most ${maxBytes} are read. Use another version of the model.`,
      );
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

const remedy = 'a model folder holds regular files only. Put the file itself there.';

async function expectRegular<Stats extends { isFile(): boolean }>(
  stats: Promise<Stats>,
  file: string,
): Promise<Stats> {
  const found = await stats;
  if (found.isFile()) return found;
  throw new LoadFailure(`${file} is not a regular file: ${remedy}`);
}
