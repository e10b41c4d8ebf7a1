import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDigests } from '../check-digests.ts';
import { checkListedFiles, listFolder } from '../folder-files.ts';
import { manifestFileName, modelManifestSchema } from '../model-folder.ts';
import { preferredGraph } from './graph-preference.ts';
import { describeOnnxFolder } from './onnx-manifest.ts';
import { readJson } from './read-json.ts';
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
  const files = await listFolder(directory);
  if (files === undefined) return 'absent';
  if (files.length === 0) {
    await rmdir(directory);
    return 'absent';
  }
  if (files.includes(manifestFileName)) {
    const manifest = await readJson(join(directory, manifestFileName), modelManifestSchema);
    await checkListedFiles(directory, manifest);
    await checkDigests(directory, manifest, signal);
  } else {
    await adoptOnnxFolder({ directory, name, files }, signal);
  }
  return 'whole';
}

interface FilledFolder {
  readonly directory: string;
  readonly name: string;
  readonly files: readonly string[];
}

async function adoptOnnxFolder({ directory, name, files }: FilledFolder, signal: AbortSignal): Promise<void> {
  const graphs = files.filter((path) => /^onnx\/[^/]+\.onnx$/.test(path));
  const graphFile = preferredGraph(graphs) ?? graphs[0];
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
