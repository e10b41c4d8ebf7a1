import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request, and the reply as the test shapes it, down to the socket. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of the body. */
  readonly body: unknown;
  readonly socket: Socket;
  /** Sends the status and the headers now. */
  head(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends bytes; resolves when the socket takes more of them, or is gone. */
  write(data: string | Uint8Array): Promise<void>;
  /** Ends the reply as HTTP wants it. */
  end(data?: string | Uint8Array): void;
  json(status: number, value: unknown, headers?: Readonly<Record<string, string>>): void;
  /** Ends the TCP connection in the middle of the reply (FIN). */
  cut(): void;
  /** Resets the TCP connection (RST). */
  reset(): void;
  /** Resolves when the reply is over: ended, cut, or left by the client. */
  readonly over: Promise<void>;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

export interface UpstreamServer {
  /** With `/v1`, without a slash at the end. */
  readonly baseUrl: string;
  readonly requests: readonly Exchange[];
  /** TCP connections accepted so far. */
  connectionsAccepted(): number;
  /** Replaces what answers from the next request on. */
  handle(handler: Handler): void;
  /** The next request that arrives. */
  nextRequest(): Promise<Exchange>;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  /** Resolves when no client is connected. */
  disconnected(): Promise<void>;
  /** Rejects with what a handler threw, which a test must not overlook. */
  close(): Promise<void>;
}

/** A real HTTP server on a free port of the loopback. */
export async function startUpstreamServer(handler: Handler = unexpected): Promise<UpstreamServer> {
  const requests: Exchange[] = [];
  const sockets = new Set<Socket>();
  const changes = createWatch();
  const arrivals = createWatch();
  const problems: unknown[] = [];
  let current = handler;
  let underWay = 0;
  let accepted = 0;

  const server = createServer((request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      changes.notify();
    });
    void serve(request, response);
  });

  /** Never rejects: what a handler throws comes out of `close()`. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const exchange = await receive(request, response);
      requests.push(exchange);
      arrivals.notify();
      await current(exchange);
    } catch (error) {
      // A client that goes away while its body is read is what many tests are about.
      if (!request.destroyed || request.complete) problems.push(error);
      request.socket.destroy();
    }
  }

  server.on('connection', (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      changes.notify();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}/v1`,
    requests,
    connectionsAccepted: () => accepted,
    handle(next) {
      current = next;
    },
    async nextRequest() {
      const seen = requests.length;
      await arrivals.until(() => requests.length > seen);
      const exchange = requests[seen];
      if (exchange === undefined) throw new Error('no request arrived');
      return exchange;
    },
    idle: () => changes.until(() => underWay === 0),
    disconnected: () => changes.until(() => sockets.size === 0),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await changes.until(() => sockets.size === 0);
      if (problems.length > 0) throw new AggregateError(problems, 'a handler of the upstream server failed');
    },
  };
}

/** A TCP server that is no HTTP server: what it does with a connection is the test's. */
export async function startTcpServer(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** A port of the loopback on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = await startTcpServer((socket) => socket.destroy());
  await server.close();
  return server.port;
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<Exchange> {
  const over = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  const bodyText = await text(request);
  const { socket } = request;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: bodyText === '' ? undefined : (JSON.parse(bodyText) as unknown),
    socket,
    over,
    head(status, headers = {}) {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    async write(data) {
      if (response.destroyed || response.write(data)) return;
      await Promise.race([over, once(response, 'drain')]);
    },
    end: (data) => void response.end(data),
    json(status, value, headers = {}) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    },
    cut: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}

function unexpected({ path }: Exchange): void {
  throw new Error(`the test expected no request, but ${path} was asked`);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** Wakes whoever waits for a condition, each time that something changed. */
function createWatch(): { notify(): void; until(condition: () => boolean): Promise<void> } {
  const waiting = new Set<() => void>();
  return {
    notify() {
      for (const check of waiting) check();
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
