import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkAnswer, type BodyPlace, type ExpectedFile } from './check-answer.ts';
import { DownloadError } from './download-error.ts';
import { failureReason } from './failure-reason.ts';
import { gitBlobHash, sha256OfFile } from './file-digest.ts';
import { oneValue, type HubClient, type HubResponse } from './hub-client.ts';
import {
  partialPath,
  readPartial,
  removePartial,
  removeValidator,
  sizeOfFile,
  writeValidator,
  type PartialFile,
} from './partial-file.ts';

export interface FileDownload extends ExpectedFile {
  readonly url: URL;
  /** Where the file goes; beside it lies `<file>.part` until it is whole and checked. */
  readonly file: string;
  /** Left out: the checksum that the hub states is taken. */
  readonly sha256: string | undefined;
}

export interface DownloadContext {
  readonly client: HubClient;
  readonly signal: AbortSignal;
  /** Bytes of this file on disk so far; the total is `undefined` until the server has said it. */
  readonly onBytes: (done: number, total: number | undefined) => void;
}

/**
 * Downloads one file and checks it. A file that is there already is kept if it is the right one. A broken download goes on where it
 * stopped: once by itself, and again whenever it is called with the same `file`.
 */
export async function downloadFile(download: FileDownload, context: DownloadContext): Promise<void> {
  const pinned = download.sha256;
  if (pinned === undefined || !(await isPromised(download.file, pinned, context.signal)))
    await fetchFile(download, context);
  const bytes = await sizeOfFile(download.file);
  if (bytes !== undefined) context.onBytes(bytes, bytes);
}

async function fetchFile(download: FileDownload, context: DownloadContext): Promise<void> {
  await mkdir(dirname(download.file), { recursive: true });
  const resumed = (await readPartial(download.file)) !== undefined;
  try {
    await attempt(download, context);
  } catch (error) {
    context.signal.throwIfAborted();
    const again =
      error instanceof DownloadError && (error.kind === 'cut' || (resumed && error.kind === 'corrupt'));
    if (!again) throw error;
    await attempt(download, context);
  }
}

async function attempt(download: FileDownload, context: DownloadContext): Promise<void> {
  const partial = await readPartial(download.file);
  const answer = await context.client.get(download.url, rangeHeaders(partial), context.signal);
  const { body, statusCode } = answer.response;
  try {
    const place = checkAnswer(download, answer, partial?.bytes);
    const promised = promisedChecksum(download, answer);
    if (await isPromised(download.file, promised, context.signal)) return;
    if (statusCode !== 416) await writeBody(download, { ...context, answer, place });
    await accept(download, promised, context.signal);
  } finally {
    // Ends the connection where the body was not read to its end.
    body.on('error', () => {}).destroy();
  }
}

function rangeHeaders(partial: PartialFile | undefined): Record<string, string> {
  if (partial === undefined) return {};
  const { bytes, validator } = partial;
  return { range: `bytes=${bytes}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** 64 digits are a sha256, 40 are git's hash. Anything else is a mark of a mirror's own that says nothing about the content. */
function promisedChecksum(download: FileDownload, { facts }: HubResponse): string {
  const promised = download.sha256 ?? facts.checksum ?? '';
  if (/^(?:[0-9a-f]{64}|[0-9a-f]{40})$/.test(promised)) return promised;
  throw new DownloadError(
    'refused',
    `the hub states no checksum for ${download.what}, so it cannot be checked; pin its sha256 in the source`,
  );
}

interface BodyContext extends DownloadContext {
  readonly answer: HubResponse;
  readonly place: BodyPlace;
}

async function writeBody(download: FileDownload, { answer, place, ...context }: BodyContext): Promise<void> {
  const body: AsyncIterable<Buffer> = answer.response.body;
  const etag = oneValue(answer.response.headers['etag']);
  if (place.startAt === 0) await writeValidator(download.file, etag);
  const part = await open(partialPath(download.file), place.startAt === 0 ? 'w' : 'a');
  let done = place.startAt;
  try {
    // Chunk by chunk rather than by a pipeline, which on a cut drops what it has not written yet.
    for await (const chunk of body) {
      // A body that states no length could go on for ever.
      if (done + chunk.length > (download.bytes ?? Infinity)) throw tooLong(download);
      await part.appendFile(chunk);
      done += chunk.length;
      context.onBytes(done, place.total);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof DownloadError || isDiskError(error)) throw error;
    const broken = `${failureReason(error)} after ${done} of ${place.total ?? 'unknown'} bytes of ${download.what}`;
    throw new DownloadError('cut', broken, { cause: error });
  } finally {
    await part.close();
  }
}

function tooLong({ what, bytes }: FileDownload): DownloadError {
  return new DownloadError('refused', `${what} is longer on the hub than the ${bytes} bytes expected`);
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && ['open', 'write'].includes(String(error.syscall));
}

/** Gives the part its name if it is the promised file, and removes it if not. */
async function accept(download: FileDownload, promised: string, signal: AbortSignal): Promise<void> {
  const partial = partialPath(download.file);
  if (!(await isPromised(partial, promised, signal))) {
    await removePartial(download.file);
    throw new DownloadError(
      'corrupt',
      `${download.what} is not the promised file: its checksum is not ${promised}; it was removed`,
    );
  }
  await rename(partial, download.file);
  await removeValidator(download.file);
}

async function isPromised(file: string, promised: string, signal: AbortSignal): Promise<boolean> {
  const bytes = await sizeOfFile(file);
  if (bytes === undefined) return false;
  const actual =
    promised.length === 64 ? await sha256OfFile(file, signal) : await gitBlobHash(file, bytes, signal);
  return actual === promised;
}
