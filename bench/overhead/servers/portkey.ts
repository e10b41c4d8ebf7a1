import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, listening } from '../ports.ts';
import type { Server } from './server.ts';

const folder = resolve(import.meta.dirname, '../peers');

/** Portkey's gateway, from npm. It is told its upstream in headers of each request, which lg learns at the start. */
export function createPortkey(): Server {
  let upstream = '';
  return {
    name: 'portkey',
    slowToWarm: true,
    lgFlags: () => ['-H', 'x-portkey-provider: openai', '-H', `x-portkey-custom-host: ${upstream}`],
    async missing({ processes }) {
      if (existsSync(join(folder, 'node_modules/@portkey-ai/gateway'))) return undefined;
      try {
        await processes.run({
          file: 'npm',
          args: ['ci', '--prefix', folder, '--ignore-scripts'],
          core: 'tools',
          cwd: folder,
        });
        return undefined;
      } catch (cause) {
        return `npm could not install it: ${cause instanceof Error ? cause.message : String(cause)}`;
      }
    },
    async start({ processes, mockPort }) {
      upstream = `http://127.0.0.1:${mockPort}/v1`;
      const port = await freePort();
      const { pid, stop } = await processes.start(
        {
          file: process.execPath,
          args: [join(folder, 'portkey-start.ts'), `--port=${port}`, '--headless'],
          core: 'server',
        },
        { until: (signal) => listening(port, signal) },
      );
      return { port, pid, stop };
    },
  };
}

export const portkey = createPortkey();
