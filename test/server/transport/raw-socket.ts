import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection as it looks on the wire. */
export interface RawSocket {
  readonly socket: Socket;
  /** What came, read by read. */
  readonly reads: readonly string[];
  /** Resolves with all that came, once it matches. Rejects when the connection ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that came, once the connection is closed. */
  closed(): Promise<string>;
}

export async function rawSocket(origin: string): Promise<RawSocket> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  onTestFinished(() => void socket.destroy());
  const reads: string[] = [];
  socket.on('data', (chunk) => reads.push(chunk.toString('latin1')));
  // A reset is an end like any other here.
  socket.on('error', () => undefined);
  const close = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    reads,
    until(pattern) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const all = reads.join('');
          if (pattern.test(all)) resolve(all);
        };
        socket.on('data', look);
        void close.then(() => reject(new Error(`closed after ${reads.join('')}`)));
        look();
      });
    },
    async closed() {
      await close;
      return reads.join('');
    },
  };
}

/** A POST of JSON as text, for one or several of them to be written together. */
export function rawPost(body: unknown, { path = '/graphql', headers = {} }: RawOptions = {}): string {
  const text = JSON.stringify(body);
  const lines = { ...common, 'content-length': String(Buffer.byteLength(text)), ...headers };
  return `${head(path, lines)}${text}`;
}

/** The same with a chunk for each byte. */
export function rawPostInBytes(body: unknown, { path = '/graphql', headers = {} }: RawOptions = {}): Buffer {
  const bytes = [...Buffer.from(JSON.stringify(body))];
  return Buffer.concat([
    Buffer.from(head(path, { ...common, 'transfer-encoding': 'chunked', ...headers })),
    ...bytes.flatMap((byte) => [Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ]);
}

export interface RawOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const common = { host: 'localhost', 'content-type': 'application/json' };

export function head(path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
