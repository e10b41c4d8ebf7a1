import { createLg, type Lg } from './lg.ts';
import type { LgResult } from './lg-result.ts';
import type { RunningServer, Server, ServerName, Surroundings } from './servers/server.ts';
import type { Tools } from './tools.ts';
import type { Scale, Workload, WorkloadName } from './workloads/workload.ts';

/** One workload against one server, once. */
export interface Measurement {
  readonly workload: WorkloadName;
  readonly server: ServerName;
  /** From 1. */
  readonly round: number;
  readonly figures: Readonly<Record<string, number | undefined>>;
  /** Why the figures are not to be believed. */
  readonly faults: readonly string[];
  readonly raw: readonly LgResult[];
}

export interface RoundsOptions {
  readonly workloads: readonly Workload[];
  readonly servers: readonly Server[];
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly scale: Omit<Scale, 'caches'>;
  readonly tools: Tools;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
  /** A number that no run of lg has had. */
  nextRun(): number;
  progress(line: string): void;
}

/** A process of a server, and what it is warm for. */
interface Warm {
  readonly running: RunningServer;
  readonly workloads: Set<WorkloadName>;
}

const quickWarmUpSeconds = 3;

/** Servers take turns within each round, so that whatever else the machine does meets all of them. */
export async function measureRounds(options: RoundsOptions): Promise<readonly Measurement[]> {
  const warm = new Map<ServerName, Warm>();
  const measurements: Measurement[] = [];
  try {
    for (const turn of turnsOf(options)) {
      const measurement = await measureOrFail(options, { ...turn, warm });
      measurements.push(measurement);
      options.progress(describe(measurement));
    }
  } finally {
    await Promise.all([...warm.values()].map(({ running }) => running.stop()));
  }
  return measurements;
}

function turnsOf({ workloads, servers, rounds }: RoundsOptions): readonly Omit<Turn, 'warm'>[] {
  return workloads.flatMap((workload) =>
    Array.from({ length: Math.min(rounds, workload.mostRounds ?? rounds) }, (_, index) =>
      servers
        .filter(({ name }) => workload.servers.includes(name))
        .map((server) => ({ workload, server, round: index + 1 })),
    ).flat(),
  );
}

interface Turn {
  readonly workload: Workload;
  readonly server: Server;
  readonly round: number;
  readonly warm: Map<ServerName, Warm>;
}

/** A server that breaks down spoils its own figures, not the other servers'. It gets a new process for its next turn. */
async function measureOrFail(options: RoundsOptions, turn: Turn): Promise<Measurement> {
  const { workload, server, round, warm } = turn;
  try {
    return await measureOnce(options, turn);
  } catch (error) {
    options.signal.throwIfAborted();
    await warm.get(server.name)?.running.stop();
    warm.delete(server.name);
    const fault = error instanceof Error ? error.message : String(error);
    return { workload: workload.name, server: server.name, round, figures: {}, faults: [fault], raw: [] };
  }
}

async function measureOnce(
  options: RoundsOptions,
  { workload, server, round, warm }: Turn,
): Promise<Measurement> {
  const { surroundings, tools, scale } = options;
  const aim = (running: RunningServer): Lg =>
    createLg({
      ...running,
      program: tools.lg,
      processes: surroundings.processes,
      mockPort: surroundings.mockPort,
      flags: (stream) => server.lgFlags({ stream, number: options.nextRun() }),
    });
  const measure = async (running: RunningServer): Promise<Measurement> => {
    const lg = aim(running);
    const figures = await workload.measure(lg, { ...scale, caches: server.name === 'switchyard' });
    return {
      workload: workload.name,
      server: server.name,
      round,
      figures,
      faults: lg.faults,
      raw: lg.results,
    };
  };

  if (workload.warmUp === undefined) {
    const running = await server.start(surroundings);
    try {
      return await measure(running);
    } finally {
      await running.stop();
    }
  }
  const process = warm.get(server.name) ?? {
    running: await server.start(surroundings),
    workloads: new Set(),
  };
  warm.set(server.name, process);
  if (!process.workloads.has(workload.name)) {
    process.workloads.add(workload.name);
    const seconds = server.slowToWarm
      ? options.warmUpSeconds
      : Math.min(quickWarmUpSeconds, options.warmUpSeconds);
    if (server.name !== 'direct')
      await aim(process.running).load({ ...workload.warmUp, seconds, leadSeconds: 0 });
  }
  return measure(process.running);
}

function describe({ workload, server, round, figures, faults }: Measurement): string {
  const values = Object.entries(figures).map(
    ([key, value]) => `${key} ${value === undefined ? '-' : value.toPrecision(4)}`,
  );
  const trouble = faults.length === 0 ? '' : `  NOT TO BE BELIEVED: ${faults.join(', ')}`;
  return `${workload} ${round}  ${server}: ${values.join(', ')}${trouble}`;
}
