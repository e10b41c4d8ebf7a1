import type { Workload } from './workload.ts';

const shape = { model: 'mock-d0', stream: false, flags: ['--same-prompt'], cached: true };
const fewestHits = 0.98;

/** The same prompt again and again: Switchyard answers from its cache, the bare proxy asks the upstream each time. */
export const cacheHit: Workload = {
  name: 'cache-hit',
  title: 'Cache hit, 64 connections',
  servers: ['bare', 'switchyard'],
  models: [shape.model],
  warmUp: shape,
  figures: [{ key: 'cpu', label: 'CPU per request', unit: 'us' }],
  async measure(lg, { windowSeconds, caches }) {
    const { cpu, ok, stale } = await lg.load({ ...shape, seconds: windowSeconds, leadSeconds: 1 });
    if (caches && stale < fewestHits * ok) lg.fault(`only ${stale} of ${ok} answers came from the cache`);
    return { cpu: cpu?.usPerRequest };
  },
};
