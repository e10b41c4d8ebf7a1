import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { lineUp } from './line-up.ts';
import { describeMachine } from './machine.ts';
import { help, readOptions, UsageError, type Options } from './options.ts';
import { createPinning } from './pinning.ts';
import { plot } from './plot.ts';
import { createProcesses, type Processes } from './processes.ts';
import { report } from './report.ts';
import { measureRounds, type Measurement } from './rounds.ts';
import type { Server, ServerName } from './servers/server.ts';
import { summarize, type Summary } from './summary.ts';
import { buildTools } from './tools.ts';
import { workloads } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';

/** What the gateway costs, side by side with a bare proxy and with other gateways: `npm run bench:overhead -- --help`. */

const root = resolve(import.meta.dirname, '../..');
const builtTools = join(root, '.cache/bench/tools');
const results = join(root, 'bench/results');
/** In a smoke nothing is compared, so peers that take long to start stay out. */
const serversOfCheck: readonly ServerName[] = ['direct', 'bare', 'switchyard', 'portkey'];
const interruptedExitCode = 130;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await main().catch((error: unknown) => {
  if (interrupted.signal.aborted) return interruptedExitCode;
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
});

async function main(): Promise<number> {
  const options = readOptions(argv.slice(2));
  if (options === undefined) {
    process.stdout.write(help);
    return 0;
  }
  const pinning = createPinning();
  const processes = createProcesses(pinning, interrupted.signal);
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  try {
    const measured = await measure(options, processes, scratch);
    const summary = summarize(chosen(options), measured);
    if (options.check) return checked(options, summary, measured);
    process.stdout.write(report(summary));
    save({ machine: describeMachine(pinning), options, measurements: measured }, summary);
    return exitCode(summary, measured);
  } finally {
    await processes.stopAll();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measure(
  options: Options,
  processes: Processes,
  scratch: string,
): Promise<readonly Measurement[]> {
  const { check, windowSeconds } = options;
  const tools = await buildTools(options.toolsFolder, builtTools, processes);
  const servers = await lineUp({
    processes,
    python: options.installPeers,
    wanted: options.servers ?? (check ? serversOfCheck : undefined),
    progress,
  });
  let runs = 0;
  const mock = await tools.startMock();
  const sink = await tools.startSink();
  const measurements = await measureRounds({
    workloads: chosen(options),
    servers,
    rounds: options.rounds,
    warmUpSeconds: options.warmUpSeconds,
    scale: { windowSeconds, check },
    tools,
    surroundings: {
      processes,
      mockPort: mock.ready,
      sinkPort: sink.ready,
      models: [...new Set(workloads.flatMap(({ models }) => models))],
      scratch,
    },
    signal: interrupted.signal,
    nextRun: () => (runs += 1),
    progress,
  });
  await requireTraces(servers, sink.ready);
  return measurements;
}

function chosen(options: Options): readonly Workload[] {
  return workloads.filter(({ name }) => options.workloads.includes(name));
}

/** A gateway that exports nothing is cheaper than the one that is promised. */
async function requireTraces(servers: readonly Server[], sinkPort: number): Promise<void> {
  if (!servers.some(({ name }) => name === 'switchyard')) return;
  const response = await fetch(`http://127.0.0.1:${sinkPort}/`);
  const received = await response.text();
  if (!received.includes('/v1/traces')) throw new Error(`Switchyard exported no traces: ${received}`);
}

interface Saved {
  readonly machine: ReturnType<typeof describeMachine>;
  readonly options: Options;
  readonly measurements: readonly Measurement[];
}

function save({ machine, options, measurements }: Saved, summary: Summary): void {
  const at = new Date().toISOString();
  const file = join(results, `overhead-${at.replaceAll(':', '-')}`);
  const { toolsFolder: _local, ...flags } = options;
  mkdirSync(results, { recursive: true });
  const verdicts = summary.verdicts.map(({ must, ...verdict }) => ({ ...must, ...verdict }));
  writeFileSync(
    `${file}.json`,
    `${JSON.stringify({ at, machine, flags, verdicts, measurements }, undefined, 1)}\n`,
  );
  const caption = `${machine.processor}, Node.js ${machine.node}, ${machine.commit}, ${at.slice(0, 10)}`;
  writeFileSync(`${file}.svg`, plot(summary, caption));
  progress(`Written: ${file}.json and .svg`);
}

function exitCode({ verdicts }: Summary, measured: readonly Measurement[]): number {
  const broken = measured.some(({ server, faults }) => server === 'switchyard' && faults.length > 0);
  return broken || verdicts.some(({ held }) => held === false) ? 1 : 0;
}

/** Windows this short say nothing about time: only that every workload ran, and without errors. */
function checked(options: Options, { faults }: Summary, measured: readonly Measurement[]): number {
  const ran = new Set(measured.map(({ workload }) => workload));
  const missing = options.workloads.filter((name) => !ran.has(name)).map((name) => `${name} did not run`);
  const wrong = [...missing, ...faults];
  process.stdout.write(
    wrong.length === 0 ? `${ran.size} workloads ran without errors.\n` : `${wrong.join('\n')}\n`,
  );
  return wrong.length === 0 ? 0 : 1;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
