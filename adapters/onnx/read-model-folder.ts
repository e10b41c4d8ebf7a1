import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { sha256OfFile } from './acquire/file-digest.ts';
import { describeOnnxFolder } from './acquire/onnx-manifest.ts';
import { isRelativePath } from './acquire/relative-path.ts';
import { LoadFailure } from './load-failure.ts';
import { manifestFileName, modelManifestSchema, type ModelManifest } from './model-folder.ts';

export interface ModelFolder {
  /** Absolute. */
  readonly directory: string;
  readonly manifest: ModelManifest;
}

export interface ReadModelFolderOptions {
  /** Whether every file is compared with its checksum; else only with its size. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads a model folder and checks that it is whole: its manifest, or for a folder in the layout of transformers.js one
 * made from `config.json`, and every file of it. Throws `LoadFailure` for what is wrong with the folder.
 */
export async function readModelFolder(
  path: string,
  { verify, signal }: ReadModelFolderOptions,
): Promise<ModelFolder> {
  const directory = resolve(path);
  const folder = `The model folder "${basename(directory)}"`;
  try {
    const files = await filesOf(directory);
    if (files.includes(manifestFileName)) {
      const manifest = await readManifest(directory);
      await checkFiles({ directory, manifest }, { verify, signal });
      return { directory, manifest };
    }
    const manifest = await describe({ directory, files }, signal);
    return { directory, manifest };
  } catch (cause) {
    signal.throwIfAborted();
    throw new LoadFailure(
      `${folder} cannot be used: ${reasonOf(cause)}. Repair it, or remove it to have the model fetched anew.`,
      { cause },
    );
  }
}

/** What is wrong with a folder, in words without paths of this machine. */
class FolderProblem extends Error {}

function reasonOf(cause: unknown): string {
  if (cause instanceof FolderProblem) return cause.message;
  return 'it cannot be read';
}

/** Regular files below the folder, as relative paths. Links are left out: what they point to may lie anywhere. */
async function filesOf(directory: string): Promise<string[]> {
  const entry = await lstat(directory).catch(() => undefined);
  if (entry === undefined) throw new FolderProblem('it does not exist');
  if (!entry.isDirectory()) throw new FolderProblem('it is not a folder');
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name).slice(directory.length + 1))
    .sort();
}

async function readManifest(directory: string): Promise<ModelManifest> {
  const text = await readFile(join(directory, manifestFileName), 'utf8');
  const manifest = modelManifestSchema.safeParse(parseJson(text));
  if (!manifest.success) throw new FolderProblem(`${manifestFileName} is not a manifest of this version`);
  const listed = manifest.data.files.some((file) => file.path === manifest.data.graphFile);
  if (!listed) throw new FolderProblem(`${manifestFileName} does not list its graph file`);
  return manifest.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FolderProblem(`${manifestFileName} is not JSON`);
  }
}

async function checkFiles(
  { directory, manifest }: ModelFolder,
  { verify, signal }: ReadModelFolderOptions,
): Promise<void> {
  for (const file of manifest.files) {
    if (!isRelativePath(file.path)) throw new FolderProblem(`${manifestFileName} names a file outside`);
    const path = join(directory, file.path);
    const entry = await lstat(path).catch(() => undefined);
    if (entry === undefined) throw new FolderProblem(`${file.path} is missing`);
    if (!entry.isFile()) throw new FolderProblem(`${file.path} is not a regular file`);
    if (entry.size !== file.bytes) {
      throw new FolderProblem(`${file.path} has ${entry.size} bytes instead of ${file.bytes}`);
    }
    if (verify && (await sha256OfFile(path, signal)) !== file.sha256) {
      throw new FolderProblem(`${file.path} is damaged: its checksum differs from the manifest's`);
    }
  }
}

/** Where exports keep their graphs, full precision first: a person who fills a folder by hand puts one there. */
function graphFileOf(files: readonly string[]): string | undefined {
  const graphs = files.filter((file) => /^(onnx\/)?[^/]+\.onnx$/.test(file));
  const usual = ['onnx/model.onnx', 'model.onnx'].find((file) => graphs.includes(file));
  return usual ?? graphs[0];
}

async function describe(
  { directory, files }: { readonly directory: string; readonly files: readonly string[] },
  signal: AbortSignal,
): Promise<ModelManifest> {
  const graphFile = graphFileOf(files);
  const missing = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].filter(
    (file) => !files.includes(file),
  );
  if (graphFile === undefined) missing.push('onnx/model.onnx');
  if (graphFile === undefined || missing.length > 0) {
    throw new FolderProblem(`it has no ${manifestFileName}, and of an export it lacks ${missing.join(', ')}`);
  }
  const used = files.filter(
    (file) =>
      !file.includes('/') ||
      file === '1_Pooling/config.json' ||
      file === graphFile ||
      file.startsWith(`${graphFile}_data`),
  );
  const name = basename(directory);
  try {
    return await describeOnnxFolder({ directory, name, source: 'folder', graphFile, files: used }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : 'config.json cannot be used';
    throw new FolderProblem(reason, { cause });
  }
}
