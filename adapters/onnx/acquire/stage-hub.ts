import { join } from 'node:path';
import { downloadFile } from './download-file.ts';
import { createHubClient } from './hub-client.ts';
import { describeOnnxFolder } from './onnx-manifest.ts';
import { sourceReference, type HubSource } from './sources.ts';
import { convertInto } from './stage-gguf.ts';
import type { Staging } from './staging.ts';
import { writeManifest } from './write-manifest.ts';

/** Files of the hub at one commit: an ONNX graph as it is, other weights converted. */
export async function stageHub(source: HubSource, staging: Staging): Promise<string> {
  const { request, workspace } = staging;
  const directory = workspace.hub(source);
  await downloadAll(source, staging, directory);
  if (!source.model.endsWith('.onnx')) {
    const file = join(directory, source.model);
    return convertInto(staging, { file, source: sourceReference(source) });
  }
  const manifest = await describeOnnxFolder(
    {
      directory,
      name: request.name,
      source: sourceReference(source),
      graphFile: source.model,
      files: source.files.map((file) => file.path),
    },
    request.signal,
  );
  await writeManifest(directory, manifest);
  return directory;
}

async function downloadAll(source: HubSource, { request }: Staging, directory: string): Promise<void> {
  const { signal } = request;
  const client = createHubClient({ endpoint: request.hubEndpoint, token: request.hubToken });
  const report = createReport(source, request.onProgress);
  try {
    for (const { path, sha256, bytes } of source.files) {
      const url = client.fileUrl(source.repository, source.revision, path);
      const download = {
        url,
        file: join(directory, path),
        what: path,
        sha256,
        bytes,
        revision: source.revision,
      };
      await downloadFile(download, { client, signal, onBytes: (done, total) => report(path, done, total) });
    }
  } finally {
    await client.close();
  }
}

const reportEveryBytes = 1024 * 1024;

/** Adds the files up to one progress; says so once a mebibyte and at the end of each file. */
function createReport(
  source: HubSource,
  onProgress: Staging['request']['onProgress'],
): (path: string, done: number, total: number | undefined) => void {
  const sizes = new Map(source.files.map((file) => [file.path, file.bytes]));
  const doneByPath = new Map<string, number>();
  let reported = -reportEveryBytes;
  return (path, done, total) => {
    sizes.set(path, sizes.get(path) ?? total);
    doneByPath.set(path, done);
    const bytesDone = sum([...doneByPath.values()]) ?? 0;
    if (bytesDone - reported < reportEveryBytes && done !== total) return;
    reported = bytesDone;
    onProgress({ step: 'downloading', what: path, bytesDone, bytesTotal: sum([...sizes.values()]) });
  };
}

/** `undefined` where one of the numbers is. */
function sum(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (total, number) => (total === undefined || number === undefined ? undefined : total + number),
    0,
  );
}
