import type { Workload } from './workload.ts';

const shape = { model: 'mock-d50', stream: false };

/** 100 requests a second whatever happens, upstream 50 ms away: what a caller waits longer because of the gateway. */
export const openLoop: Workload = {
  name: 'open-loop',
  title: 'Open loop, 100 requests/s, 50 ms upstream',
  servers: ['direct', 'bare', 'switchyard', 'portkey', 'smg'],
  models: [shape.model],
  warmUp: shape,
  figures: [
    { key: 'p50', label: 'added p50', unit: 'ms', overDirect: true },
    { key: 'p99', label: 'added p99', unit: 'ms', overDirect: true },
  ],
  async measure(lg, { windowSeconds }) {
    const { latencyMs, backlog } = await lg.load({
      ...shape,
      flags: ['--rate', '100'],
      // Twice as long as other windows: a p99 of fewer than a thousand requests is the luck of a few.
      seconds: 2 * windowSeconds,
      leadSeconds: 1,
    });
    if (backlog > 0) lg.fault(`backlog ${backlog}`);
    return { p50: latencyMs?.p50, p99: latencyMs?.p99 };
  },
};
