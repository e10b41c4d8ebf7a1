import type { Workload } from './workload.ts';

const model = 'mock-t100-x1';

/** Streams that have got one token and wait for the next: memory for each. A process that has worked before hides some of it. */
export const idleStreams: Workload = {
  name: 'idle-streams',
  title: '500 idle streams, fresh process',
  servers: ['bare', 'switchyard', 'portkey', 'smg'],
  models: [model],
  figures: [{ key: 'memory', label: 'memory per stream', unit: 'KB' }],
  async measure(lg, { check }) {
    const flags = check ? ['--streams', '50', '--warm', '10', '--settle', '200'] : ['--streams', '500'];
    const { kbPerStream } = await lg.hold({ model, stream: true, flags });
    return { memory: kbPerStream };
  },
};
