import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const readyLine = z.object({ ready: z.literal(true), port: z.number() });

/** The port in the line with which a program of ours says that it listens. */
export function announcedPort(text: string): number | undefined {
  return text.startsWith('{"ready"') ? readyLine.parse(JSON.parse(text)).port : undefined;
}

/** A port that nothing uses, for programs that cannot pick one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP port was expected.');
  return address.port;
}

const triesEveryMs = 100;

/** Resolves once something listens. Other people's programs say so in their own ways, so it is tried. */
export async function listening(port: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return port;
    } catch {
      await pause(triesEveryMs, undefined, { signal });
    } finally {
      socket.destroy();
    }
  }
}
