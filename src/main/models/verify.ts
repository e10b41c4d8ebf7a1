import { join } from 'node:path';
import type { VerifyRow } from '../../../adapters/onnx/verify/verify-row.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { ConfigurationError } from '../../platform/configuration-error.ts';
import type { ProgressStream } from '../../platform/progress-bar.ts';
import { installedModels, notInstalled } from './installed-models.ts';
import { createProgressLine } from './progress-line.ts';

export interface VerifyModelsOptions {
  /** Names of model folders; none means all that are installed. */
  readonly names: readonly string[];
  /** The GGUF or safetensors file that the one model was imported from. @default none: the folder's own weights are taken */
  readonly source?: string;
  readonly modelsDirectory: string;
  /** Takes a line of the report, without its end. */
  readonly out: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where a terminal shows how far the work is. @default process.stderr */
  readonly progress?: ProgressStream;
}

/**
 * Prints what is right and wrong with installed models, and how far each is from a reference implementation. The reference computes
 * in double precision: ten seconds for a model of 135 million weights, a minute for one of 800 million.
 *
 * @returns whether nothing has failed.
 * @throws ConfigurationError for a name that is not installed, or a source for several models.
 */
export async function verifyModels(options: VerifyModelsOptions): Promise<boolean> {
  const names = await namesToVerify(options);
  if (names.length === 0) options.out('No model is installed.');
  let allPassed = true;
  for (const name of names) {
    const rows = await verifyOne(name, options);
    for (const line of report(name, rows)) options.out(line);
    allPassed &&= rows.every(({ outcome }) => outcome !== 'failed');
  }
  return allPassed;
}

async function namesToVerify({
  names,
  source,
  modelsDirectory,
}: VerifyModelsOptions): Promise<readonly string[]> {
  const installed = await installedModels(modelsDirectory);
  const unknown = names.find((name) => !installed.includes(name));
  if (unknown !== undefined) throw notInstalled(unknown, installed);
  const wanted = names.length === 0 ? installed : names;
  if (source !== undefined && wanted.length !== 1) {
    throw new ConfigurationError('--source belongs to one model: name it.', { exitCode: 2 });
  }
  return wanted;
}

async function verifyOne(
  name: string,
  { modelsDirectory, source, signal, progress = process.stderr }: VerifyModelsOptions,
): Promise<readonly VerifyRow[]> {
  const line = createProgressLine(progress);
  try {
    // Brings the runtime along, which the process of a gateway never loads.
    const { verifyModel } = await import('../../../adapters/onnx/verify/verify-model.ts');
    return await verifyModel(join(modelsDirectory, name), {
      source,
      signal,
      monotonicMs: () => clock.monotonicMs(),
      onProgress: ({ what, done, total }) => line.show(`${name}: ${what} ${done} of ${total}`),
    });
  } finally {
    line.clear();
  }
}

const marks: Readonly<Record<VerifyRow['outcome'], string>> = {
  passed: 'ok',
  failed: 'FAILED',
  skipped: 'skipped',
};

function report(name: string, rows: readonly VerifyRow[]): readonly string[] {
  const checkWidth = Math.max(...rows.map(({ check }) => check.length));
  const markWidth = Math.max(...Object.values(marks).map((mark) => mark.length));
  return [
    name,
    ...rows.map(({ check, outcome, found }) =>
      `  ${check.padEnd(checkWidth)}  ${marks[outcome].padEnd(markWidth)}  ${found}`.trimEnd(),
    ),
  ];
}
