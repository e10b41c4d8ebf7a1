import { lstat, opendir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isRelativePath } from './acquire/relative-path.ts';
import { FolderProblem } from './folder-problem.ts';
import { manifestFileName, type ModelManifest } from './model-folder.ts';

/** More than any export has; a folder with more is something else, such as a home directory. */
const maxEntries = 2000;

/**
 * The files of a folder and of the folders in it, as sorted relative paths with `/`; `undefined` where there is no such folder. Throws
 * `FolderProblem` for links, which may lead out of the folder, and for pipes, sockets and devices, which may never end.
 */
export async function listFolder(directory: string): Promise<string[] | undefined> {
  const entry = await lstat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (entry === undefined) return undefined;
  if (entry.isSymbolicLink())
    throw new FolderProblem('it is a symbolic link; symbolic links are not followed');
  if (!entry.isDirectory()) throw new FolderProblem('it is not a folder');
  const files: string[] = [];
  await listInto(files, directory, '');
  return files.sort();
}

async function listInto(files: string[], directory: string, prefix: string): Promise<void> {
  for await (const entry of await opendir(join(directory, prefix))) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) await listInto(files, directory, `${path}/`);
    else if (entry.isFile()) files.push(path);
    else throw new FolderProblem(`${path} ${entry.isSymbolicLink() ? linkProblem : specialProblem}`);
    if (files.length > maxEntries) throw new FolderProblem(`it holds more than ${maxEntries} files`);
  }
}

const linkProblem = 'is a symbolic link: put the file itself there';
const specialProblem = 'is neither a file nor a folder: remove it';

/** Read from the folder whether the manifest lists them or not, so what is there must be listed: else nobody knows its checksum. */
const alwaysRead = [
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'generation_config.json',
];

/** Checks that the manifest names files of the folder only, its graph among them, all there with their sizes. */
export async function checkListedFiles(directory: string, manifest: ModelManifest): Promise<void> {
  const files = await listFolder(directory);
  if (files === undefined) throw new FolderProblem('it does not exist');
  const there = new Set(files);
  const listed = new Set(manifest.files.map(({ path }) => path));
  if (!listed.has(manifest.graphFile))
    throw new FolderProblem(`${manifestFileName} does not list its graph file`);
  const unlisted = alwaysRead.find((path) => there.has(path) && !listed.has(path));
  if (unlisted !== undefined)
    throw new FolderProblem(`${unlisted} is not of the model: ${manifestFileName} does not list it`);
  const root = `${await realpath(directory)}${sep}`;
  for (const { path, bytes } of manifest.files) {
    if (!isRelativePath(path))
      throw new FolderProblem(`${manifestFileName} names a file outside, or of a name that is not allowed`);
    if (!there.has(path)) throw new FolderProblem(`${path} is missing`);
    const file = join(directory, path);
    if (!(await realpath(file)).startsWith(root)) throw new FolderProblem(`${path} lies outside of it`);
    const { size } = await lstat(file);
    if (size !== bytes) throw new FolderProblem(`${path} has ${size} bytes instead of ${bytes}`);
  }
}
