import { startLocalCrowd, type LocalCrowd } from './support/local-crowd.ts';
import { childrenOf } from './support/local-model.ts';
import { startLocalRig, type LocalRig } from './support/local-rig.ts';
import { startLocalSaboteur } from './support/local-saboteur.ts';
import { openFiles, residentMb } from './support/process-facts.ts';
import { randomFrom } from './support/seed.ts';
import { growth, print, printVerdicts, soakOptions } from './support/soak-run.ts';

const help = `Usage: npm run soak:local -- [options]

Real models on this machine under clients that come, leave and stay. In the first half their processes are killed and frozen, and models are
unloaded, loaded, reloaded and evicted; in the second half their memory is watched. Ends with 0 if every client got a right answer or a
typed problem, no slot is stuck, no process is left over, and memory has not grown. The first run downloads the models.

  --minutes <n>   How long. Default: 15.
  --seed <n>      Repeats the faults of another run. Default: a new one, or FAULTS_SEED.
  --clients <n>   Clients at a time. Default: 12.
  --help          This text.
`;

const sampleEveryMs = 5_000;

const options = soakOptions(help, { minutes: 15, clients: 12 });
process.exit((await soak()) ? 0 : 1);

async function soak(): Promise<boolean> {
  print(`seed ${options.seed}, ${options.minutes} min, ${options.clients} clients\n`);
  await using rig = await startLocalRig();
  const crowd = startLocalCrowd(rig, options.clients, randomFrom(options.seed));
  const halfMs = options.minutes * 30_000;

  const saboteur = startLocalSaboteur(rig, randomFrom(options.seed + 1));
  await watch({ rig, crowd, ms: halfMs, doing: () => saboteur.present() });
  await saboteur.stop();
  crowd.settle();
  const memory = await watch({ rig, crowd, ms: halfMs, doing: () => 'no faults' });
  await crowd.stop();
  // Who left last may still be noticed.
  await watch({ rig, crowd, ms: sampleEveryMs, doing: () => 'no clients' });
  return judge(crowd, memory, await remains(rig));
}

interface Watched {
  readonly rig: LocalRig;
  readonly crowd: LocalCrowd;
  readonly ms: number;
  readonly doing: () => string;
}

/** Resident memory in megabytes at one time. */
interface Sample {
  readonly gateway: number;
  /** By process. */
  readonly models: ReadonlyMap<number, number>;
}

async function watch({ rig, crowd, ms, doing }: Watched): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(sampleEveryMs, endMs - performance.now())));
    const sample = sampleOf(rig);
    samples.push(sample);
    print(
      `${timeText(endMs - performance.now())} left  ${tallyText(crowd)}; ${memoryText(sample)}; ${doing()}\n`,
    );
  }
  return samples;
}

function sampleOf({ gateway }: LocalRig): Sample {
  const { pid } = gateway.process;
  const models = childrenOf(pid).flatMap((child) => {
    const memory = memoryOf(child);
    return memory === undefined ? [] : [[child, memory] as const];
  });
  return { gateway: residentMb(pid), models: new Map(models) };
}

/** A process may end between the list and the look. */
function memoryOf(pid: number): number | undefined {
  try {
    const megabytes = residentMb(pid);
    return Number.isNaN(megabytes) ? undefined : megabytes;
  } catch {
    return undefined;
  }
}

function ofModels({ models }: Sample): number {
  return [...models.values()].reduce((sum, megabytes) => sum + megabytes, 0);
}

function timeText(ms: number): string {
  return `${String(Math.round(ms / 1000)).padStart(5)} s`;
}

function tallyText({ tally }: LocalCrowd): string {
  const problems = [...tally.problems].map(([code, count]) => `, ${count} ${code}`).join('');
  return `${tally.calls} calls: ${tally.answers} answers, ${tally.left} left, ${tally.wrong.length} wrong${problems}`;
}

function memoryText(sample: Sample): string {
  return `gateway ${sample.gateway.toFixed(0)} MB, models ${ofModels(sample).toFixed(0)} MB`;
}

interface Remains {
  readonly busySlots: number;
  readonly queued: number;
  /** Processes that the gateway knows of, and that there are. */
  readonly known: number;
  readonly processes: number;
  readonly files: number;
}

/** What is held once every call has ended. */
async function remains(rig: LocalRig): Promise<Remains> {
  const processes = await rig.processes();
  const { pid } = rig.gateway.process;
  return {
    busySlots: processes.reduce((sum, { busySlots }) => sum + busySlots, 0),
    queued: processes.reduce((sum, { queued }) => sum + queued, 0),
    known: processes.length,
    processes: childrenOf(pid).length,
    files: openFiles(pid, Number(new URL(rig.gateway.url).port)),
  };
}

function judge({ tally }: LocalCrowd, samples: readonly Sample[], left: Remains): boolean {
  // In a short run heaps are still finding their size.
  const mostGrowth = options.minutes < 10 ? 1.2 : 1.05;
  const gateway = growth(samples.map((sample) => sample.gateway));
  const models = growth(samples.map(ofModels));
  const lived = livedOn(samples);
  const verdicts = [
    [`${tally.wrong.length} of ${tally.calls} calls went wrong`, tally.wrong.length === 0],
    [`${tally.answers} answers`, tally.answers > 0],
    [
      `${left.busySlots} slots busy and ${left.queued} calls queued when nobody called`,
      left.busySlots + left.queued === 0,
    ],
    [`${left.processes} processes, ${left.known} known`, left.processes === left.known],
    [`${lived} processes lived through the time in which memory was watched`, lived === left.processes],
    [
      `memory of the models, last third / middle third: ${models.toFixed(3)}, at most ${mostGrowth}`,
      models <= mostGrowth,
    ],
    [
      `memory of the gateway, last third / middle third: ${gateway.toFixed(3)}, at most ${mostGrowth}`,
      gateway <= mostGrowth,
    ],
    [`${left.files} files open in the gateway`, left.files < 100],
  ] as const;
  return printVerdicts(verdicts, tally.wrong);
}

/** How many processes are the same since the first third. A new one would hide what the one before it leaked. */
function livedOn(samples: readonly Sample[]): number {
  const since = samples.slice(Math.ceil(samples.length / 3));
  const pids = new Set(since.flatMap(({ models }) => [...models.keys()]));
  return [...pids].filter((pid) => since.every(({ models }) => models.has(pid))).length;
}
