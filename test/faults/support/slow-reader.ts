import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { input, streamQuery } from './clients.ts';

export interface SlowReader {
  bytesRead(): number;
  close(): void;
}

/** Asks for a stream over SSE and takes one byte of it a second. */
export async function openSlowReader(url: string): Promise<SlowReader> {
  const { hostname, port } = new URL(url);
  let bytes = 0;
  const socket: Socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      // One byte is asked of the kernel at a time: nothing piles up on this side but in its buffer.
      buffer: Buffer.alloc(1),
      callback(count) {
        bytes += count;
        return false;
      },
    },
  });
  await once(socket, 'connect');
  const reading = setInterval(() => socket.resume(), 1000);
  socket.on('error', () => socket.destroy());
  socket.write(request(hostname));
  return {
    bytesRead: () => bytes,
    close() {
      clearInterval(reading);
      socket.destroy();
    },
  };
}

function request(host: string): string {
  const body = JSON.stringify({ query: streamQuery, variables: { input } });
  return [
    'POST /graphql HTTP/1.1',
    `host: ${host}`,
    'content-type: application/json',
    'accept: text/event-stream',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
