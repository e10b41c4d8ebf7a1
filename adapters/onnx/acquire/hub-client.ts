import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';

export interface HubClientOptions {
  /** @default https://huggingface.co */
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  /** Until a connection stands, name look-up included. @default 4000 */
  readonly connectTimeoutMs?: number;
  /** Longest silence, before the answer and within it. @default 30000 */
  readonly idleTimeoutMs?: number;
}

/** What the hub itself says about a file, as opposed to the storage it redirects to. */
export interface HubFileFacts {
  /** sha256 of a file in large-file storage, git's blob hash of another; both belong to the commit in the URL. */
  readonly checksum: string | undefined;
  readonly commit: string | undefined;
}

export interface HubResponse {
  readonly facts: HubFileFacts;
  readonly response: Dispatcher.ResponseData;
}

export interface HubClient {
  get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<HubResponse>;
  /** URL of what the hub says about a repository at a branch, tag or commit: its commit and its files with their sizes. */
  listingUrl(repository: string, revision: string): URL;
  /** URL of a file at a commit. */
  fileUrl(repository: string, revision: string, path: string): URL;
  close(): Promise<void>;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 5;

/**
 * A connection to the hub or a mirror of it. HTTP(S)_PROXY and NO_PROXY are obeyed.
 * Redirects are followed by hand: storage URLs carry their own signature, so the token goes to the endpoint's origin only.
 */
export function createHubClient({
  endpoint = 'https://huggingface.co',
  token,
  connectTimeoutMs = 4000,
  idleTimeoutMs = 30_000,
}: HubClientOptions): HubClient {
  const base = baseUrl(endpoint);
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    // One file at a time gains nothing from streams within a connection.
    allowH2: false,
  });

  async function get(first: URL, headers: Record<string, string>, signal: AbortSignal): Promise<HubResponse> {
    let url = first;
    let facts: HubFileFacts = { checksum: undefined, commit: undefined };
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const atHub = url.origin === base.origin;
      const authorization = atHub && token !== undefined ? { authorization: `Bearer ${token}` } : {};
      const response = await request(url, {
        dispatcher,
        signal,
        headers: { 'accept-encoding': 'identity', 'user-agent': 'switchyard', ...headers, ...authorization },
      });
      if (atHub) facts = mergeFacts(facts, response);
      if (!redirects.has(response.statusCode)) return { facts, response };
      await response.body.dump({ limit: 64 * 1024, signal });
      url = redirectTarget(url, oneValue(response.headers['location']));
    }
    throw new Error(`${first.origin} redirects more than ${mostRedirects} times`);
  }

  return {
    get,
    listingUrl: (repository, revision) =>
      new URL(`api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`, base),
    fileUrl: (repository, revision, path) => new URL(`${repository}/resolve/${revision}/${path}`, base),
    close: () => dispatcher.destroy(),
  };
}

/** Ends in a slash, so that a mirror below a path keeps its path. */
function baseUrl(endpoint: string): URL {
  const base = URL.parse(endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  if (base?.protocol === 'https:' || base?.protocol === 'http:') return base;
  throw new Error('the address of the hub (HF_ENDPOINT) is not an http or https URL');
}

function mergeFacts(known: HubFileFacts, { headers, statusCode }: Dispatcher.ResponseData): HubFileFacts {
  // The plain ETag of a redirect is that of its little body.
  const etag = redirects.has(statusCode) ? undefined : oneValue(headers['etag']);
  const stated = (oneValue(headers['x-linked-etag']) ?? etag)?.replace(/^W\//, '').replaceAll('"', '');
  return {
    checksum: known.checksum ?? stated,
    commit: known.commit ?? oneValue(headers['x-repo-commit']),
  };
}

function redirectTarget(from: URL, location: string | undefined): URL {
  const target = location === undefined ? undefined : URL.parse(location, from.href);
  if (target === undefined || target === null) throw new Error(`${from.origin} redirects to nowhere`);
  if (target.protocol === 'https:' || (target.protocol === 'http:' && from.protocol === 'http:'))
    return target;
  throw new Error(`${from.origin} redirects away from https, to ${target.origin}`);
}

export function oneValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
