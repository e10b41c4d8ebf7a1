import { z } from 'zod';
import { DownloadError } from './download-error.ts';
import type { HubClient } from './hub-client.ts';
import type { HubName } from './hub-name.ts';

/** What the hub says of a repository, as far as it is needed. */
const listingSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().nonnegative().nullish(),
      lfs: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
    }),
  ),
  config: z.object({ architectures: z.array(z.string()).nullish() }).nullish(),
});

export interface HubListing {
  /** Of the revision that was asked for. */
  readonly commit: string;
  /** From `config.json`; empty where the hub does not say. */
  readonly architectures: readonly string[];
  readonly files: readonly ListedFile[];
}

export interface ListedFile {
  readonly path: string;
  readonly bytes: number | undefined;
  /** Of a file in large-file storage. */
  readonly sha256: string | undefined;
}

/** A repository of ten thousand files has a listing of three megabytes. */
const maxListingBytes = 8_000_000;

/** Asks the hub which files a repository has. Throws `DownloadError` for an answer that is not a listing. */
export async function listRepository(
  client: HubClient,
  { repository, revision = 'main' }: HubName,
  signal: AbortSignal,
): Promise<HubListing> {
  const url = client.listingUrl(repository, revision);
  const { response } = await client.get(url, { accept: 'application/json' }, signal);
  try {
    const objection = statusObjection(response.statusCode, `${repository} at ${revision}`);
    if (objection !== undefined) throw new DownloadError('refused', objection);
    const listing = readListing(await readBounded(response.body));
    if (isCommit(revision) && listing.commit !== revision) {
      throw new DownloadError('refused', `the hub answers for commit ${listing.commit}, not for ${revision}`);
    }
    return listing;
  } finally {
    response.body.on('error', () => {}).destroy();
  }
}

function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

function statusObjection(status: number, what: string): string | undefined {
  switch (status) {
    case 200:
      return undefined;
    case 401:
    case 403:
      return `the hub does not show ${what} (HTTP ${status}): check how it is written; for a private model set HF_TOKEN`;
    case 404:
      return `the hub has no ${what} (HTTP 404): check how it is written`;
    case 429:
      return 'the hub has had too many requests from this address (HTTP 429): try again later, or set HF_TOKEN';
    default:
      return `the hub answers with HTTP ${status}: try again later`;
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxListingBytes) {
      throw new DownloadError('refused', `the hub's list of files has more than ${maxListingBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function readListing(text: string): HubListing {
  const listing = listingSchema.safeParse(parseJson(text));
  if (!listing.success) {
    throw new DownloadError(
      'refused',
      'the hub does not answer with a list of files; is HF_ENDPOINT a hub or a mirror of one?',
    );
  }
  const { sha, siblings, config } = listing.data;
  return {
    commit: sha,
    architectures: config?.architectures ?? [],
    files: siblings.map(({ rfilename, size, lfs }) => ({
      path: rfilename,
      bytes: size ?? undefined,
      sha256: lfs?.sha256,
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
