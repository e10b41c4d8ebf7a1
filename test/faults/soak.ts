import { systemClock as clock } from '../../src/platform/clock.ts';
import { startCrowd, type Crowd } from './support/crowd.ts';
import { residentMb } from './support/process-facts.ts';
import { startRig, type Handles, type Rig } from './support/rig.ts';
import { startSaboteur } from './support/saboteur.ts';
import { randomFrom } from './support/seed.ts';
import { growth, print, printVerdicts, soakOptions } from './support/soak-run.ts';

const help = `Usage: npm run soak -- [options]

A gateway under moderate load while its three providers suffer one random fault after the other. Ends with 0 if every client got the right
answer or a typed problem, nothing has leaked, memory has not grown and every breaker has closed again.

  --minutes <n>   How long. Default: 20.
  --seed <n>      Repeats the faults of another run. Default: a new one, or FAULTS_SEED.
  --clients <n>   Clients at a time. Default: 8.
  --help          This text.
`;

const names = ['alpha', 'beta', 'gamma'] as const;
const sampleEveryMs = 10_000;
/** Breakers that open again and again would stay open for minutes; a soak is to see them close as often as it can. */
const breaker = { maxOpenMs: 30_000 };
/** Little room for garbage, so that memory that grows is memory that is kept. */
const env = { NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=4' };
/** What a breaker may take beyond its own open time: probes and the ramp. */
const closingMs = 60_000;

const options = soakOptions(help, { minutes: 20, clients: 8 });
await soak();

async function soak(): Promise<void> {
  print(`seed ${options.seed}, ${options.minutes} min, ${options.clients} clients\n`);
  const random = randomFrom(options.seed);
  await using rig = await startRig({ providers: names, breaker, env });
  const { url } = rig.gateway();
  await (await warmUp(url)).stop();
  const before = await rig.quiet();

  const saboteur = startSaboteur(Object.values(rig.providers), random);
  const crowd = startCrowd(url, options.clients, randomFrom(options.seed + 1));
  const memory = await watch(rig, crowd, () => saboteur.present());
  await saboteur.stop();
  const closed = await breakersClose(rig);
  await crowd.stop();
  const after = await rig.quiet();
  // All at once. With the gateway gone before its clients this process has been seen to spin, and the cause is not found yet.
  process.exit(judge({ crowd, memory, closed, before, after }) ? 0 : 1);
}

async function warmUp(url: string): Promise<Crowd> {
  const crowd = startCrowd(url, options.clients, randomFrom(options.seed));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return crowd;
}

/** Prints how it goes until the time is over; returns the resident memory, in megabytes, of every ten seconds. */
async function watch(rig: Rig<string>, { tally }: Crowd, faults: () => string): Promise<readonly number[]> {
  const memory: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + options.minutes * 60_000;
  while (performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(sampleEveryMs, endMs - performance.now())));
    memory.push(residentMb(rig.gateway().process.pid));
    const { calls, answers, problems, left, wrong } = tally;
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    print(
      `${String(seconds).padStart(5)} s  ${calls} calls: ${answers} answers, ${problems} problems, ${left} left, ${wrong.length} wrong; ` +
        `${memory.at(-1)?.toFixed(0)} MB; ${faults()}\n`,
    );
  }
  return memory;
}

interface Closing {
  readonly inTime: boolean;
  readonly tookMs: number;
  readonly states: string;
}

/** All is well now, and the clients go on: how long until every breaker has noticed? */
async function breakersClose(rig: Rig<(typeof names)[number]>): Promise<Closing> {
  const startedMs = performance.now();
  const breakers = await rig.breakers();
  const opensMs = Math.max(
    0,
    ...[...breakers.values()].map(({ retryAt }) => Date.parse(retryAt ?? '') - Date.now() || 0),
  );
  print(`faults are over; breakers have ${Math.ceil((opensMs + closingMs) / 1000)} s to close\n`);
  // A timer that holds no process: with every breaker closed, the rest of the time is not waited for.
  const limit = Promise.withResolvers<false>();
  const cancel = clock.after(opensMs + closingMs, () => limit.resolve(false));
  const waits = names
    .filter((name) => breakers.get(name)?.state !== 'CLOSED')
    .map(async (name) => {
      const { log } = rig.gateway();
      const before = log.filter((line) => line['deployment'] === name && line['to'] === 'closed').length;
      await rig.breakerChanged(name, 'closed', before);
    });
  const inTime = await Promise.race([Promise.all(waits).then(() => true), limit.promise]);
  cancel();
  const states = [...(await rig.breakers())].map(([name, { state }]) => `${name} ${state}`).join(', ');
  return { inTime, tookMs: performance.now() - startedMs, states };
}

interface Findings {
  readonly crowd: Crowd;
  readonly memory: readonly number[];
  readonly closed: Closing;
  readonly before: Handles;
  readonly after: Handles;
}

function judge({ crowd: { tally }, memory, closed, before, after }: Findings): boolean {
  const grown = growth(memory);
  // In a short run the heap is still finding its size.
  const mostGrowth = options.minutes < 10 ? 1.15 : 1.05;
  const verdicts = [
    [`${tally.wrong.length} of ${tally.calls} calls went wrong`, tally.wrong.length === 0],
    [`files ${before.files} before, ${after.files} after`, after.files <= before.files],
    [
      `sockets to providers ${before.sockets} before, ${after.sockets} after`,
      after.sockets <= before.sockets,
    ],
    [
      `memory of the last third / of the middle third: ${grown.toFixed(3)}, at most ${mostGrowth}`,
      grown <= mostGrowth,
    ],
    [`breakers after ${(closed.tookMs / 1000).toFixed(1)} s: ${closed.states}`, closed.inTime],
  ] as const;
  return printVerdicts(verdicts, tally.wrong);
}
