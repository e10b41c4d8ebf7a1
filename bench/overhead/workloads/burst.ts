import type { Workload } from './workload.ts';

const shape = { model: 'mock-t100-i0', stream: true, flags: ['--expect-tokens', '100'] };

/** Streams whose 100 tokens come at once, from 64 connections as fast as they go. */
export const burst: Workload = {
  name: 'burst',
  title: 'Stream in bursts, 64 connections',
  servers: ['bare', 'switchyard', 'portkey', 'smg'],
  models: [shape.model],
  warmUp: shape,
  figures: [{ key: 'cpu', label: 'CPU per token', unit: 'us' }],
  async measure(lg, { windowSeconds }) {
    const { cpu } = await lg.load({ ...shape, seconds: windowSeconds, leadSeconds: 1 });
    return { cpu: cpu?.usPerToken };
  },
};
