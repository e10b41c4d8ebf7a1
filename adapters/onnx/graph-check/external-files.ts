import { lstatSync, realpathSync } from 'node:fs';
import { posix, join, sep } from 'node:path';
import { isRelativePath } from '../acquire/relative-path.ts';
import { GraphProblem } from './graph-problem.ts';

/** The files beside a graph in which it keeps weights. */
export interface ExternalFiles {
  /** Throws `GraphProblem` unless `bytes` of a tensor lie where the entries of its `external_data` say. */
  check(tensor: string, entries: ReadonlyMap<string, string>, bytes: number | undefined): void;
}

export interface ExternalFilesOptions {
  /** The model folder; absolute. */
  readonly directory: string;
  /** Relative to it. */
  readonly graphFile: string;
  /** Files of the manifest, relative to the folder: those whose checksums are known. */
  readonly listed: ReadonlySet<string>;
}

export function createExternalFiles({ directory, graphFile, listed }: ExternalFilesOptions): ExternalFiles {
  const sizes = new Map<string, number>();

  /** Bytes of the file. */
  function sizeOf(location: string): number {
    const known = sizes.get(location);
    if (known !== undefined) return known;
    const path = posix.join(posix.dirname(graphFile), location);
    const size = sizeInside(directory, path, location);
    if (!listed.has(path))
      throw new GraphProblem(
        `keeps weights in ${location}, which the manifest of the folder does not list: list it there`,
      );
    sizes.set(location, size);
    return size;
  }

  return {
    check(tensor, entries, bytes) {
      const location = entries.get('location') ?? '';
      if (!isRelativePath(location))
        throw new GraphProblem(
          `keeps the weights "${tensor}" in a file outside of its folder, or of a name that is not allowed`,
        );
      const offset = numberOf(entries, 'offset') ?? 0;
      const length = numberOf(entries, 'length') ?? bytes ?? 0;
      if (bytes !== undefined && length !== bytes)
        throw new GraphProblem(
          `says that the weights "${tensor}" take ${length} bytes of ${location}, but they take ${bytes}`,
        );
      const size = sizeOf(location);
      if (offset + length > size)
        throw new GraphProblem(
          `wants the weights "${tensor}" from ${location} up to byte ${offset + length}, but the file ends at ${size}: it is cut off or of another model`,
        );
    },
  };
}

function sizeInside(directory: string, path: string, location: string): number {
  const entry = lstatSync(join(directory, path), { throwIfNoEntry: false });
  if (entry === undefined)
    throw new GraphProblem(
      `keeps weights in ${location}, which is missing: put it beside the graph, an export of this size has both`,
    );
  const inside = realpathSync(join(directory, path)).startsWith(`${realpathSync(directory)}${sep}`);
  if (!entry.isFile() || !inside)
    throw new GraphProblem(`keeps weights in ${location}, which is not a regular file of its folder`);
  return entry.size;
}

function numberOf(entries: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = entries.get(key);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new GraphProblem(`says that weights lie at ${key} "${text.slice(0, 30)}"`);
  return Number(text);
}
