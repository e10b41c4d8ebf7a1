import { lstat, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestFileName, modelManifestSchema } from '../model-folder.ts';
import { errorCode } from './failure-reason.ts';
import { sha256OfFile } from './file-digest.ts';
import { describeOnnxFolder } from './onnx-manifest.ts';
import { readJson } from './read-json.ts';
import { isRelativePath } from './relative-path.ts';
import { writeManifest } from './write-manifest.ts';

/**
 * Whether the folder holds a whole model. A folder that a person filled in the layout of transformers.js gets its manifest here.
 * Throws where something is there that is not a whole model: it may be somebody's, so it is never replaced.
 */
export async function checkExistingFolder(
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<'absent' | 'whole'> {
  const entry = await lstatOrUndefined(directory);
  if (entry === undefined) return 'absent';
  if (!entry.isDirectory()) throw new Error('it is not a folder; symbolic links are not followed');
  const files = await filesBelow(directory);
  if (files.length === 0) {
    await rmdir(directory);
    return 'absent';
  }
  if (files.includes(manifestFileName)) await checkManifest(directory, signal);
  else await adoptOnnxFolder({ directory, name, files }, signal);
  return 'whole';
}

async function checkManifest(directory: string, signal: AbortSignal): Promise<void> {
  const manifest = await readJson(join(directory, manifestFileName), modelManifestSchema);
  const listed = new Set(manifest.files.map((file) => file.path));
  if (!listed.has(manifest.graphFile)) throw new Error(`its manifest does not list ${manifest.graphFile}`);
  for (const file of manifest.files) {
    if (!isRelativePath(file.path)) throw new Error(`its manifest names a file outside: ${file.path}`);
    const entry = await lstatOrUndefined(join(directory, file.path));
    if (entry?.isFile() !== true) throw new Error(`${file.path} is missing`);
    const intact =
      entry.size === file.bytes && (await sha256OfFile(join(directory, file.path), signal)) === file.sha256;
    if (!intact) throw new Error(`${file.path} is damaged: it is not the file that the manifest describes`);
  }
}

/** Fast formats whose answers do not depend on the rest of the batch go first, then fast ones, then those with a 16-bit cache. */
const graphPreference = ['q4', '', 'quantized', 'int8', 'uint8', 'q4f16', 'fp16'].map((format) =>
  format === '' ? 'onnx/model.onnx' : `onnx/model_${format}.onnx`,
);

interface FilledFolder {
  readonly directory: string;
  readonly name: string;
  readonly files: readonly string[];
}

async function adoptOnnxFolder({ directory, name, files }: FilledFolder, signal: AbortSignal): Promise<void> {
  const graphs = files.filter((path) => /^onnx\/[^/]+\.onnx$/.test(path));
  const graphFile = graphPreference.find((path) => graphs.includes(path)) ?? graphs[0];
  const missing = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].filter(
    (path) => !files.includes(path),
  );
  if (graphFile === undefined || missing.length > 0) {
    const wanted = graphFile === undefined ? [...missing, 'onnx/model.onnx'] : missing;
    throw new Error(
      `it has no ${manifestFileName} and, for a folder of ONNX files, lacks ${wanted.join(', ')}`,
    );
  }
  const used = files.filter(
    (path) =>
      !path.includes('/') ||
      path === '1_Pooling/config.json' ||
      path === graphFile ||
      path.startsWith(`${graphFile}_data`),
  );
  const manifest = await describeOnnxFolder(
    { directory, name, source: 'folder', graphFile, files: used },
    signal,
  );
  await writeManifest(directory, manifest);
}

/** Regular files, as sorted relative paths. Links are left out: what they point to may change or lie anywhere. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

async function lstatOrUndefined(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
