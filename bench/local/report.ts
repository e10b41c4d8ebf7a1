import { brokenOff, type Accuracy } from './accuracy.ts';
import type { OwnFigures } from './own.ts';
import { median, type Figures } from './workloads.ts';

export interface Measured {
  /** By round: ours, llama.cpp on Q4_1, llama.cpp on Q4_0. */
  readonly measured: readonly (readonly Figures[])[];
  /** By round. */
  readonly own: readonly OwnFigures[];
  /** In the order of the servers. */
  readonly accuracies: readonly Accuracy[];
}

/** A ratio, ours to llama.cpp's on Q4_1 and on Q4_0, with what it must be. */
interface Row {
  readonly label: string;
  readonly figure: string;
  readonly must: readonly [number, number];
  readonly better: 'more' | 'less';
}

const rows: readonly Row[] = [
  { label: '8 chats at once: tokens/s', figure: 'chatsPerSecond', must: [1.5, 1], better: 'more' },
  { label: '8 chats at once: first token p50', figure: 'chatsFirstMs', must: [0.5, 0.8], better: 'less' },
  { label: 'decode, batch 8, context 256: tokens/s', figure: 'longRate', must: [1.4, 0.9], better: 'more' },
  { label: 'decode, one caller: tokens/s', figure: 'aloneRate', must: [0.75, 0.75], better: 'more' },
  {
    label: 'prefill of about 256 tokens: tokens/s',
    figure: 'prefillRate',
    must: [1.8, 0.75],
    better: 'more',
  },
  { label: 'memory, 8 slots of 2,048 tokens', figure: 'memory', must: [1.5, 1.5], better: 'less' },
];

interface OwnRow {
  readonly label: string;
  readonly figure: keyof OwnFigures;
  readonly must: number;
  readonly better: 'more' | 'less';
}

const ownRows: readonly OwnRow[] = [
  {
    label: 'first token with a known prefix of 300 tokens / without',
    figure: 'prefix',
    must: 0.35,
    better: 'less',
  },
  {
    label: 'texts embedded by 50 callers / by one, texts/s',
    figure: 'embedding',
    must: 2,
    better: 'more',
  },
  {
    label: "lag of the gateway's event loop with a busy model, p99, ms",
    figure: 'lagMs',
    must: 10,
    better: 'less',
  },
];

export function report({ measured, own, accuracies }: Measured): string {
  const percent = accuracies.map(({ sameFirst }) => `${(sameFirst * 100).toFixed(0)} %`);
  const nats = accuracies.map(({ divergence }) => divergence.toFixed(4));
  return [
    '| figure | ours | llama.cpp Q4_1 | Q4_0 | ratio | must | ratio to Q4_0 | must |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => line(row, measured)),
    ...ownRows.map((row) => ownLine(row, own)),
    '',
    `| to the same weights as floats, ${brokenOff.length} prompts | ours | llama.cpp Q4_1 | Q4_0 |`,
    '| --- | --- | --- | --- |',
    `| same likeliest first token | ${percent.join(' | ')} |`,
    `| divergence of the first token, nats | ${nats.join(' | ')} |`,
  ].join('\n');
}

function line({ label, figure, must, better }: Row, measured: Measured['measured']): string {
  const of = (round: readonly Figures[], server: number): number => round[server]?.[figure] ?? Number.NaN;
  const ratio = (server: number): number => median(measured.map((round) => of(round, 0) / of(round, server)));
  const absolute = [0, 1, 2].map((server) => median(measured.map((round) => of(round, server))).toFixed(0));
  const verdicts = must.map((bound, index) => verdict(ratio(index + 1), bound, better));
  return `| ${[label, ...absolute, ...verdicts].join(' | ')} |`;
}

function ownLine({ label, figure, must, better }: OwnRow, own: readonly OwnFigures[]): string {
  return `| ${label} | | | | ${verdict(median(own.map((figures) => figures[figure])), must, better)} | | |`;
}

function verdict(value: number, bound: number, better: 'more' | 'less'): string {
  const held = better === 'more' ? value >= bound : value <= bound;
  return `${value.toFixed(2)} | ${better === 'more' ? '>=' : '<='} ${bound} ${held ? 'held' : 'MISSED'}`;
}
