import { flags } from '../flags.ts';
import { freePort, listening } from '../ports.ts';
import { missingPackage, programOf, type PythonPackage } from './python-package.ts';
import type { Server } from './server.ts';

const wanted: PythonPackage = { name: 'smg', requirements: ['smg==1.13.0'], program: 'smg' };

/** SGLang's model gateway, written in Rust, from PyPI. */
export const smg: Server = {
  name: 'smg',
  slowToWarm: false,
  lgFlags: () => [],
  missing: (install) => missingPackage(wanted, install),
  async start({ processes, mockPort }) {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const { pid, stop } = await processes.start(
      {
        file: programOf(wanted),
        args: [
          'launch',
          ...flags({
            '--host': '127.0.0.1',
            '--port': port,
            '--backend': 'openai',
            '--worker-urls': `http://127.0.0.1:${mockPort}`,
            '--prometheus-host': '127.0.0.1',
            '--prometheus-port': metricsPort,
            '--log-level': 'warn',
            '--history-backend': 'none',
            '--max-concurrent-requests': -1,
          }),
        ],
        core: 'server',
      },
      { until: (signal) => listening(port, signal) },
    );
    return { port, pid, stop };
  },
};
