import { join } from 'node:path';
import { openGraphSession } from '../engine/graph-session.ts';
import { LoadFailure } from '../load-failure.ts';
import type { ModelManifest } from '../model-folder.ts';
import { readModelFolder, type ModelFolder } from '../read-model-folder.ts';
import { checkModel } from '../check-model.ts';
import { verifyDecoder } from './verify-decoder.ts';
import { verifyEncoder } from './verify-encoder.ts';
import type { VerifyOptions, VerifyRow } from './verify-row.ts';

/**
 * Looks at a model folder: whether its files are those of the manifest, whether its graph takes and gives what its form promises, and
 * how far what it computes is from a reference. What is wrong becomes a failed row; only the signal's reason and what nobody foresaw
 * are thrown. Loads the runtime into this process.
 */
export async function verifyModel(directory: string, options: VerifyOptions): Promise<readonly VerifyRow[]> {
  const rows: VerifyRow[] = [];
  try {
    options.onProgress?.({ what: 'files', done: 0, total: 1 });
    const folder = await readModelFolder(directory, options.signal);
    await checkModel(folder);
    rows.push(filesRow(folder.manifest));
    rows.push(await graphRow(folder));
    rows.push(...(await compareWithReference(folder, options)));
    return rows;
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    return [
      ...rows,
      { check: rows.length === 0 ? 'files' : 'graph', outcome: 'failed', found: error.message },
    ];
  }
}

/**
 * By the form of the graph. A new form needs its case here, and a reference that shares no code with what makes the graph: it gets the
 * folder, whose files are whole and whose graph loads, and gives rows.
 */
function compareWithReference(
  { directory, manifest }: ModelFolder,
  options: VerifyOptions,
): Promise<readonly VerifyRow[]> {
  switch (manifest.graph) {
    case 'delta':
      return verifyDecoder({ directory, manifest }, options);
    case 'past-present':
      return Promise.resolve([noReference('an export comes as it was published')]);
    case 'encoder':
      return verifyEncoder({ directory, manifest }, options);
  }
}

function noReference(why: string): VerifyRow {
  return { check: 'reference', outcome: 'skipped', found: `Nothing to compare with: ${why}.` };
}

function filesRow({ files }: ModelManifest): VerifyRow {
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  return {
    check: 'files',
    outcome: 'passed',
    found: `${files.length} files, ${megabytes.toFixed(1)} MB, sizes and checksums as in the manifest`,
  };
}

async function graphRow({ directory, manifest }: ModelFolder): Promise<VerifyRow> {
  const session = await openGraphSession(join(directory, manifest.graphFile), manifest, { threads: 1 });
  const { inputNames, outputNames } = session;
  await session.release();
  return {
    check: 'graph',
    outcome: 'passed',
    found: `${manifest.graph}, ${inputNames.length} inputs and ${outputNames.length} outputs as its form promises`,
  };
}
