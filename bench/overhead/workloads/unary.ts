import type { Workload } from './workload.ts';

const shape = { model: 'mock-d0', stream: false };

/** Whole answers as fast as 64 connections get them. Every prompt differs, so that a cache is asked and has nothing. */
export const unary: Workload = {
  name: 'unary',
  title: 'Unary, 64 connections',
  servers: ['bare', 'switchyard', 'portkey', 'smg', 'litellm'],
  models: [shape.model],
  warmUp: shape,
  figures: [
    { key: 'cpu', label: 'CPU per request', unit: 'us' },
    { key: 'rps', label: 'requests per second', unit: '/s' },
  ],
  async measure(lg, { windowSeconds }) {
    const { cpu, rps } = await lg.load({ ...shape, seconds: windowSeconds, leadSeconds: 1 });
    return { cpu: cpu?.usPerRequest, rps };
  },
};
