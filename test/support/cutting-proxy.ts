import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { z } from 'zod';

/** How a connection breaks: `fin` looks like an end, `rst` like a crash. */
export type Cut = 'fin' | 'rst';

export interface CuttingProxy {
  readonly port: number;
  /** Connections that were cut so far. */
  cuts(): number;
  close(): Promise<void>;
}

/** Hands bytes on to a local port. Each connection is cut once so many bytes have gone to its client, in the middle of whatever. */
export async function startCuttingProxy(
  target: URL,
  plan: () => { readonly afterBytes: number; readonly cut: Cut },
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), '127.0.0.1');
    const { afterBytes, cut } = plan();
    let left = afterBytes;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // A broken connection is what this is for.
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (client.destroyed) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      cuts += 1;
      upstream.removeAllListeners('data');
      upstream.destroy();
      if (cut === 'fin') client.end();
      else client.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: z.object({ port: z.number() }).parse(server.address()).port,
    cuts: () => cuts,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
