import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startGateway, type GatewayProcess } from './gateway-process.ts';

/** How fast the built-in local model starts and answers on this machine: `npm run bench:local -- --data ./data`. */

const { values: flags } = parseArgs({
  options: { data: { type: 'string', default: './data' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(flags.rounds);
const outputTokens = 64;

const responseSchema = z.object({
  data: z.object({
    generate: z.object({
      text: z.string(),
      usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }),
      timings: z.object({ firstTokenMs: z.number(), totalMs: z.number() }),
    }),
  }),
});
type Answer = z.infer<typeof responseSchema>['data']['generate'];

const query = `query ($prompt: String!, $mode: CacheMode!) {
  generate(input: { prompt: $prompt, constraints: { localOnly: true }, cache: { mode: $mode },
      sampling: { temperature: 0, repetitionPenalty: 1.2, maxOutputTokens: ${outputTokens} } }) {
    ... on Generation { text usage { inputTokens outputTokens } timings { firstTokenMs totalMs } } } }`;

const gateway = await startGateway(flags.data);
try {
  report(await measure(gateway));
} finally {
  await gateway.stop();
}

async function measure({ url, pid, listeningMs, readyMs }: GatewayProcess): Promise<Record<string, number>> {
  const ask = async (prompt: string, mode = 'OFF'): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { prompt, mode } }),
    });
    return responseSchema.parse(await response.json()).data.generate;
  };
  await ask('Warm up.');
  const alone: Answer[] = [];
  for (let round = 0; round < rounds; round += 1)
    alone.push(await ask(`Tell me story number ${round} about the sea.`));

  const beforeFourMs = performance.now();
  const four = await Promise.all([1, 2, 3, 4].map((caller) => ask(`Tell me about the number ${caller}.`)));
  const fourSeconds = (performance.now() - beforeFourMs) / 1000;

  await ask('What is a cache?', 'READ_WRITE');
  const cached: number[] = [];
  for (let round = 0; round < 20 * rounds; round += 1) {
    const beforeMs = performance.now();
    await ask('What is a cache?', 'READ_WRITE');
    cached.push(performance.now() - beforeMs);
  }
  return {
    'gateway listens after (ms)': listeningMs,
    'model answers after (ms)': readyMs,
    'first token, median (ms)': median(alone.map(({ timings }) => timings.firstTokenMs)),
    'one caller, median (tokens/s)': median(alone.map(tokensPerSecond)),
    'four callers, all together (tokens/s)':
      four.reduce((sum, { usage }) => sum + usage.outputTokens, 0) / fourSeconds,
    'answer from the cache, median round trip (ms)': median(cached),
    'memory of the gateway (MB)': megabytes(pid),
    'memory of the model (MB)': childrenOf(pid).reduce((sum, child) => sum + megabytes(child), 0),
  };
}

function tokensPerSecond({ usage, timings }: Answer): number {
  return ((usage.outputTokens - 1) * 1000) / (timings.totalMs - timings.firstTokenMs);
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function megabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

function childrenOf(pid: number): readonly number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return children.trim().split(/\s+/).map(Number);
}

function report(figures: Readonly<Record<string, number>>): void {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown processor'}, Node.js ${process.versions.node}`;
  const rows = Object.entries(figures).map(
    ([name, value]) => `${name.padEnd(48)} ${value.toFixed(1).padStart(9)}`,
  );
  process.stdout.write(`${machine}\n${rows.join('\n')}\n`);
  const results = new URL('results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  writeFileSync(
    new URL('local-model.json', results),
    `${JSON.stringify({ machine, ...figures }, undefined, 2)}\n`,
  );
}
