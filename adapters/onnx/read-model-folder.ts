import { basename, resolve } from 'node:path';
import { describeOnnxFolder } from './acquire/onnx-manifest.ts';
import { checkListedFiles, listFolder } from './folder-files.ts';
import { FolderProblem, folderFailure } from './folder-problem.ts';
import { manifestFileName, modelManifestSchema, type ModelManifest } from './model-folder.ts';
import { readBoundedText } from './open-regular.ts';

export interface ModelFolder {
  /** Absolute. */
  readonly directory: string;
  readonly manifest: ModelManifest;
}

/**
 * Reads a model folder and checks that it is whole: its manifest, or for a folder in the layout of transformers.js one
 * made from `config.json`, and every file of it by its size. Throws `LoadFailure` for what is wrong with the folder. The model's own
 * process compares checksums, and looks at what the files hold (`check-model.ts`).
 */
export async function readModelFolder(path: string, signal: AbortSignal): Promise<ModelFolder> {
  const directory = resolve(path);
  try {
    const files = await listFolder(directory);
    if (files === undefined) throw new FolderProblem('it does not exist');
    if (!files.includes(manifestFileName))
      return { directory, manifest: await describe({ directory, files }, signal) };
    const manifest = await readManifest(directory);
    await checkListedFiles(directory, manifest);
    return { directory, manifest };
  } catch (cause) {
    signal.throwIfAborted();
    throw folderFailure(directory, cause);
  }
}

const maxManifestBytes = 1_000_000;

async function readManifest(directory: string): Promise<ModelManifest> {
  const text = await readBoundedText(directory, manifestFileName, maxManifestBytes);
  const manifest = modelManifestSchema.safeParse(parseJson(text ?? ''));
  if (manifest.success) return manifest.data;
  throw new FolderProblem(`${manifestFileName} is not a manifest of this version`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FolderProblem(`${manifestFileName} is not JSON`);
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
