import type { Server } from 'node:http';

/** Listens on a free port of 127.0.0.1 and says which on standard output, as the mock does. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP port was expected.');
    process.stdout.write(`${JSON.stringify({ ready: true, port: address.port })}\n`);
  });
}
