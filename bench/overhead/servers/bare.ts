import { join } from 'node:path';
import { announcedPort } from '../ports.ts';
import type { Server } from './server.ts';

/** The floor: a proxy of node:http and undici that does nothing else. */
export const bare: Server = {
  name: 'bare',
  slowToWarm: true,
  lgFlags: () => [],
  missing: () => Promise.resolve(undefined),
  async start({ processes, mockPort }) {
    const program = join(import.meta.dirname, 'bare-proxy.ts');
    const { pid, ready, stop } = await processes.start(
      { file: process.execPath, args: [program, `http://127.0.0.1:${mockPort}`], core: 'server' },
      { line: announcedPort },
    );
    return { port: ready, pid, stop };
  },
};
