import type { Server } from './server.ts';

/** No server at all: what is left after it is subtracted is what a server adds. */
export const direct: Server = {
  name: 'direct',
  slowToWarm: false,
  lgFlags: () => [],
  missing: () => Promise.resolve(undefined),
  start: ({ mockPort }) => Promise.resolve({ port: mockPort, pid: undefined, stop: () => Promise.resolve() }),
};
