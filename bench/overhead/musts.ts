import type { ServerName } from './servers/server.ts';
import type { WorkloadName } from './workloads/workload.ts';

export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** One promise about Switchyard, and what would be better still. */
export interface Must {
  readonly label: string;
  readonly workload: WorkloadName;
  /** Key of a figure of that workload. */
  readonly figure: string;
  /** The figure is divided by this server's of the same round. Left out, it stands for itself. */
  readonly against?: ServerName;
  readonly must: Bound;
  readonly aim: Bound;
}

const unary = { workload: 'unary', figure: 'cpu' } as const;
const stream = { workload: 'stream' } as const;
const gone = { workload: 'client-gone' } as const;
const nothingMissed = { must: { atMost: 0 }, aim: { atMost: 0 } } as const;
const soonGone = { must: { atMost: 20 }, aim: { atMost: 4 } } as const;

export const musts: readonly Must[] = [
  { label: 'unary: CPU per request', ...unary, against: 'portkey', ...atMost(0.3, 0.17) },
  { label: 'unary: CPU per request', ...unary, against: 'bare', ...atMost(3.2, 2) },
  { label: 'unary: CPU per request', ...unary, against: 'smg', ...atMost(2, 1) },
  { label: 'unary: CPU per request', ...unary, against: 'litellm', ...atMost(1 / 50, 1 / 120) },
  {
    label: 'unary: requests per second',
    workload: 'unary',
    figure: 'rps',
    against: 'portkey',
    must: { atLeast: 4 },
    aim: { atLeast: 6 },
  },
  { label: 'open loop: added p50, ms', workload: 'open-loop', figure: 'p50', ...atMost(1, 0.6) },
  { label: 'open loop: added p99, ms', workload: 'open-loop', figure: 'p99', ...atMost(4, 1.5) },
  {
    label: 'cache hit: CPU per request',
    workload: 'cache-hit',
    figure: 'cpu',
    against: 'bare',
    ...atMost(1.3, 0.8),
  },
  { label: 'stream: CPU per token', ...stream, figure: 'cpu', against: 'portkey', ...atMost(0.85, 0.55) },
  { label: 'stream: added first token p50, ms', ...stream, figure: 'first', ...atMost(2, 0.8) },
  { label: 'stream: added gap p99, ms', ...stream, figure: 'gap', ...atMost(4, 1) },
  {
    label: 'burst: CPU per token',
    workload: 'burst',
    figure: 'cpu',
    against: 'portkey',
    ...atMost(0.6, 0.3),
  },
  { label: 'idle stream: KB each', workload: 'idle-streams', figure: 'memory', ...atMost(90, 55) },
  { label: 'client gone in mid-stream: missed', ...gone, figure: 'midStreamMissed', ...nothingMissed },
  { label: 'client gone in mid-stream: p99, ms', ...gone, figure: 'midStreamMs', ...soonGone },
  { label: 'client gone, upstream silent: missed', ...gone, figure: 'silentMissed', ...nothingMissed },
  { label: 'client gone, upstream silent: p99, ms', ...gone, figure: 'silentMs', ...soonGone },
  { label: 'client gone, unary: missed', ...gone, figure: 'unaryMissed', ...nothingMissed },
  { label: 'client gone, unary: p99, ms', ...gone, figure: 'unaryMs', ...soonGone },
  {
    label: 'memory: after 200,000 / 20,000 requests',
    workload: 'memory',
    figure: 'growth',
    ...atMost(1.05, 1),
  },
];

export function holds(value: number, bound: Bound): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}

function atMost(must: number, aim: number): { readonly must: Bound; readonly aim: Bound } {
  return { must: { atMost: must }, aim: { atMost: aim } };
}
