import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { LoadFailure } from '../../../adapters/onnx/load-failure.ts';
import { ConfigurationError } from '../../platform/configuration-error.ts';
import type { ProgressStream } from '../../platform/progress-bar.ts';
import { benchModel, type BenchReport } from './bench/bench-model.ts';
import { figureObject, figureTable } from './bench/figures.ts';
import { installedModels, notInstalled } from './installed-models.ts';
import { createProgressLine } from './progress-line.ts';

export interface BenchCommand {
  /** The name of an installed model, or the path of a model folder. */
  readonly model: string;
  readonly modelsDirectory: string;
  readonly callers: number | undefined;
  readonly json: boolean;
  readonly memoryBytes: number | undefined;
  readonly signal: AbortSignal;
  /** Where a terminal shows how far the work is. @default process.stderr */
  readonly progress?: ProgressStream;
}

/**
 * What a model does on this machine, as a table or as JSON.
 * @throws ConfigurationError for a model that is not there or cannot be brought up, and when it is interrupted.
 */
export async function benchLines(command: BenchCommand): Promise<readonly string[]> {
  const { model, json, callers, memoryBytes, signal, progress = process.stderr } = command;
  const line = createProgressLine(progress);
  try {
    const report = await benchModel({
      directory: await directoryOf(command),
      callers,
      memoryBytes,
      signal,
      onProgress: (what, done, total) => line.show(`${model}: ${what} ${done} of ${total}`),
    });
    return json ? [jsonOf(report)] : table(report);
  } catch (error) {
    if (signal.aborted) throw new ConfigurationError('Interrupted.', { cause: error });
    if (error instanceof LoadFailure) throw new ConfigurationError(error.message, { cause: error });
    throw error;
  } finally {
    line.clear();
  }
}

async function directoryOf({ model, modelsDirectory }: BenchCommand): Promise<string> {
  const installed = await installedModels(modelsDirectory);
  if (installed.includes(model)) return join(modelsDirectory, model);
  const folder = resolve(model);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return folder;
  if (model.includes(sep)) throw new ConfigurationError(`${model} is not a folder.`, { exitCode: 2 });
  throw notInstalled(model, installed);
}

function table({ model, version, machine, figures }: BenchReport): readonly string[] {
  const { processor, cores } = machine;
  return [`${model} ${version} on ${cores} cores (${processor})`, ...figureTable(figures)];
}

function jsonOf({ figures, ...report }: BenchReport): string {
  return JSON.stringify({ ...report, figures: figureObject(figures) }, undefined, 2);
}
