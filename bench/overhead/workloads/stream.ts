import type { Workload } from './workload.ts';

const lengthSeconds = 2;
const shape = {
  model: 'mock-t100-i20',
  stream: true,
  // Spread over one length, so that the streams do not tick in step.
  flags: ['--ramp', String(lengthSeconds * 1000), '--expect-tokens', '100'],
};

/** 64 streams at once at the pace of a model: 100 tokens, 20 ms apart. */
export const stream: Workload = {
  name: 'stream',
  title: 'Stream, 64 at once, 20 ms between tokens',
  servers: ['direct', 'bare', 'switchyard', 'portkey', 'smg'],
  models: [shape.model],
  warmUp: shape,
  figures: [
    { key: 'cpu', label: 'CPU per token', unit: 'us' },
    { key: 'first', label: 'added time to first token, p50', unit: 'ms', overDirect: true },
    { key: 'gap', label: 'added gap, p99', unit: 'ms', overDirect: true },
  ],
  async measure(lg, { windowSeconds }) {
    const { cpu, ttftMs, gapMs } = await lg.load({
      ...shape,
      seconds: windowSeconds,
      leadSeconds: lengthSeconds + 0.5,
    });
    return { cpu: cpu?.usPerToken, first: ttftMs?.p50, gap: gapMs?.p99 };
  },
};
