import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubSource } from '../../../adapters/onnx/acquire/sources.ts';

export const revision = '0123456789abcdef0123456789abcdef01234567';

export interface SeenRequest {
  readonly at: 'hub' | 'storage';
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** What goes wrong with the next answer of the storage; each is used once. */
export type StorageFault =
  | { readonly type: 'cut'; readonly afterBytes: number }
  | { readonly type: 'stall'; readonly afterBytes: number }
  | { readonly type: 'other-content'; readonly content: Buffer }
  | { readonly type: 'status'; readonly status: number };

export interface FakeHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: SeenRequest[];
  readonly faults: StorageFault[];
  /** ETag of the storage; another one tells that its bytes changed. */
  storageTag: string;
  /** The hub's own answer to every request, instead of the file. */
  status: number | undefined;
  /** Commit that the hub says it answers for. */
  commit: string;
  /** Whether the hub states checksums. */
  statesChecksums: boolean;
  /** What the hub answers for its list of files, instead of the list. */
  listing: unknown;
  /** As `config.json` has them. */
  architectures: readonly string[];
  /** Resolves when the client has closed the connection of a stalled answer. */
  disconnected(): Promise<void>;
}

interface FakeFile {
  readonly content: Buffer;
  readonly largeFileStorage: boolean;
}

/** Two servers that behave like the hub: one with the repository, one with the bytes of large files, on another origin. */
export async function startFakeHub(files: Readonly<Record<string, Buffer>>): Promise<FakeHub> {
  const entries = new Map(
    Object.entries(files).map(([path, content]): [string, FakeFile] => [
      path,
      { content, largeFileStorage: isLarge(path) },
    ]),
  );
  const disconnected = Promise.withResolvers<void>();
  const storage = createServer((request, response) => {
    hub.requests.push({ at: 'storage', path: request.url ?? '', headers: request.headers });
    const file = [...entries.values()].find(({ content }) => request.url?.includes(sha256(content)));
    answerStorage({ request, response, hub, content: file?.content, onDisconnect: disconnected.resolve });
  });
  const repository = createServer((request, response) => {
    hub.requests.push({ at: 'hub', path: request.url ?? '', headers: request.headers });
    if (request.url?.startsWith('/api/models/') === true) {
      answerListing({ response, hub, path: request.url, files });
      return;
    }
    const path = request.url?.split(`/resolve/${revision}/`)[1] ?? request.url?.split('/resolve-cache/')[1];
    answerHub({ response, hub, path: path ?? '', file: entries.get(path ?? ''), storage: origin(storage) });
  });
  const hub: FakeHub = {
    endpoint: '',
    requests: [],
    faults: [],
    storageTag: '"storage-1"',
    status: undefined,
    commit: revision,
    statesChecksums: true,
    listing: undefined,
    architectures: ['LlamaForCausalLM'],
    disconnected: () => disconnected.promise,
    async [Symbol.asyncDispose]() {
      await Promise.all([stop(repository), stop(storage)]);
    },
  };
  await Promise.all([listen(repository), listen(storage)]);
  return Object.assign(hub, { endpoint: origin(repository) });
}

interface ListingAnswer {
  readonly response: ServerResponse;
  readonly hub: FakeHub;
  readonly path: string;
  readonly files: Readonly<Record<string, Buffer>>;
}

/** The repository has a branch, `main`, at the one commit there is. */
function answerListing({ response, hub, path, files }: ListingAnswer): void {
  const asked = /^\/api\/models\/team\/tiny\/revision\/([^?]+)\?blobs=true$/.exec(path)?.[1];
  if (hub.status !== undefined || !['main', revision].includes(asked ?? '')) {
    response.writeHead(hub.status ?? 404).end('{"error":"Repository not found"}');
    return;
  }
  const siblings = Object.entries(files).map(([rfilename, content]) => ({
    rfilename,
    size: content.length,
    // What is undefined is not in the JSON.
    lfs: isLarge(rfilename) ? { sha256: sha256(content), size: content.length } : undefined,
  }));
  const { architectures, commit } = hub;
  const listing = hub.listing ?? { id: 'team/tiny', sha: commit, siblings, config: { architectures } };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listing));
}

function isLarge(path: string): boolean {
  return /\.(onnx|gguf|safetensors)$/.test(path);
}

interface HubAnswer {
  readonly response: ServerResponse;
  readonly hub: FakeHub;
  readonly path: string;
  readonly file: FakeFile | undefined;
  readonly storage: string;
}

function answerHub({ response, hub, path, file, storage }: HubAnswer): void {
  if (hub.status !== undefined || file === undefined) {
    response.writeHead(hub.status ?? 404).end('no');
    return;
  }
  const commit = { 'x-repo-commit': hub.commit };
  if (file.largeFileStorage) {
    const sha = sha256(file.content);
    const linked = hub.statesChecksums ? { 'x-linked-etag': `"${sha}"` } : {};
    const location = `${storage}/blobs/${sha}?signature=secret`;
    response.writeHead(302, { ...commit, ...linked, etag: 'W/"2f-redirect"', location }).end('moved');
    return;
  }
  const etag = hub.statesChecksums ? { etag: `"${gitHash(file.content)}"` } : {};
  if (hub.requests.at(-1)?.path.startsWith('/api/') === true) {
    response.writeHead(200, { ...commit, ...etag }).end(file.content);
    return;
  }
  response.writeHead(307, { ...commit, location: `/api/resolve-cache/${path}` }).end('moved');
}

interface StorageAnswer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hub: FakeHub;
  readonly content: Buffer | undefined;
  readonly onDisconnect: () => void;
}

function answerStorage({ request, response, hub, content, onDisconnect }: StorageAnswer): void {
  const fault = hub.faults.shift();
  if (content === undefined || fault?.type === 'status') {
    response.writeHead(fault?.type === 'status' ? fault.status : 404).end('no');
    return;
  }
  const body = writeHead(response, {
    whole: fault?.type === 'other-content' ? fault.content : content,
    first: request.headers['if-range'] === hub.storageTag ? firstByte(request) : 0,
    etag: hub.storageTag,
  });
  sendBody(response, body, { fault, onDisconnect });
}

interface BodyFault {
  readonly fault: StorageFault | undefined;
  readonly onDisconnect: () => void;
}

function sendBody(response: ServerResponse, body: Buffer, { fault, onDisconnect }: BodyFault): void {
  if (fault?.type === 'cut')
    response.write(body.subarray(0, fault.afterBytes), () => response.socket?.destroy());
  else if (fault?.type === 'stall')
    response.on('close', onDisconnect).write(body.subarray(0, fault.afterBytes));
  else response.end(body);
}

/** The first byte that a request asks for. */
export function firstByte({ headers }: Pick<IncomingMessage, 'headers'>): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
}

interface StorageBody {
  readonly whole: Buffer;
  readonly first: number;
  readonly etag: string;
}

/** Sends status and headers, and returns the bytes that belong to them. */
function writeHead(response: ServerResponse, { whole, first, etag }: StorageBody): Buffer {
  if (first >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` });
    return Buffer.alloc(0);
  }
  const body = whole.subarray(first);
  const range = first > 0 ? { 'content-range': `bytes ${first}-${whole.length - 1}/${whole.length}` } : {};
  response.writeHead(first > 0 ? 206 : 200, { etag, 'content-length': body.length, ...range });
  return body;
}

/** A source that lists the files, pinned or not. */
export function hubSource(
  files: Readonly<Record<string, Buffer>>,
  {
    model = 'onnx/model_q4.onnx',
    pinned = true,
  }: { readonly model?: string; readonly pinned?: boolean } = {},
): HubSource {
  return {
    kind: 'hub',
    repository: 'team/tiny',
    revision,
    model,
    files: Object.entries(files).map(([path, content]) =>
      pinned ? { path, sha256: sha256(content), bytes: content.length } : { path },
    ),
  };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function origin(server: Server): string {
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
