import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { convertModel } from './convert.ts';
import { sha256OfFile } from './file-digest.ts';
import { sourceReference, type GgufSource } from './sources.ts';
import type { Staging } from './staging.ts';

/** A GGUF file of this machine, converted. */
export async function stageGguf(source: GgufSource, staging: Staging): Promise<string> {
  const file = resolve(source.file);
  await expectChecksum(file, source.sha256, staging.request.signal);
  return convertInto(staging, { file, source: sourceReference(source) });
}

/** Throws unless the file has the checksum; none is asked for where it is `undefined`. */
export async function expectChecksum(
  file: string,
  sha256: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (sha256 === undefined) return;
  const actual = await sha256OfFile(file, signal);
  if (actual !== sha256) throw new Error(`${file} has the sha256 ${actual}, expected is ${sha256}`);
}

interface FileToConvert {
  readonly file: string;
  /** For the manifest. */
  readonly source: string;
}

/** Converts a file of weights to a model folder in the workspace and returns its path. */
export async function convertInto(
  { request, workspace }: Staging,
  { file, source }: FileToConvert,
): Promise<string> {
  const what = request.name;
  const report = (bytesDone: number | undefined, bytesTotal: number | undefined): void =>
    request.onProgress({ step: 'converting', what, bytesDone, bytesTotal });
  report(undefined, undefined);
  await rm(workspace.conversion, { recursive: true, force: true });
  const directory = join(workspace.conversion, 'model');
  await convertModel({
    file,
    directory,
    name: request.name,
    source,
    signal: request.signal,
    onBytes: report,
  });
  return directory;
}
