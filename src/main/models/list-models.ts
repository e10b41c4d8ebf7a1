import { join } from 'node:path';
import { readModelFolder } from '../../../adapters/onnx/read-model-folder.ts';
import type { ModelManifest } from '../../../adapters/onnx/model-folder.ts';
import { installedModels } from './installed-models.ts';

/** A table of the installed models; what is wrong with one stands in its line. */
export async function listModels(modelsDirectory: string, signal: AbortSignal): Promise<readonly string[]> {
  const names = await installedModels(modelsDirectory);
  if (names.length === 0)
    return ['No model is installed. "switchyard models pull smollm2-135m" fetches one.'];
  const rows = await Promise.all(names.map((name) => describe(modelsDirectory, name, signal)));
  return table([['NAME', 'TASK', 'VERSION', 'SIZE', 'SOURCE'], ...rows]);
}

async function describe(
  modelsDirectory: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { manifest } = await readModelFolder(join(modelsDirectory, name), signal);
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    return [name, taskOf(manifest), manifest.version, `${Math.ceil(bytes / 1e6)} MB`, manifest.source];
  } catch (error) {
    signal.throwIfAborted();
    return [name, 'damaged', '', '', error instanceof Error ? error.message : 'it cannot be read'];
  }
}

function taskOf(manifest: ModelManifest): string {
  return manifest.graph === 'encoder' ? manifest.encoder.task : 'generate';
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
