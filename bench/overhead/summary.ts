import { holds, musts, type Must } from './musts.ts';
import type { Measurement } from './rounds.ts';
import { serverNames, type ServerName } from './servers/server.ts';
import type { Figure, Workload } from './workloads/workload.ts';

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** One figure of every server that was measured. */
export interface FigureRow {
  readonly workload: Workload;
  readonly figure: Figure;
  readonly servers: Readonly<Partial<Record<ServerName, Spread>>>;
}

export interface Verdict {
  readonly must: Must;
  /** Undefined if it was not measured. */
  readonly spread: Spread | undefined;
  readonly held: boolean | undefined;
  readonly aimReached: boolean | undefined;
}

export interface Summary {
  readonly figures: readonly FigureRow[];
  readonly verdicts: readonly Verdict[];
  readonly faults: readonly string[];
}

export function summarize(workloads: readonly Workload[], measurements: readonly Measurement[]): Summary {
  const values = createValues(workloads, measurements);
  return {
    figures: workloads.flatMap((workload) =>
      workload.figures.map((figure) => ({ workload, figure, servers: spreads(values, workload, figure) })),
    ),
    verdicts: musts
      .filter(({ workload }) => workloads.some(({ name }) => name === workload))
      .map((must) => judge(must, values)),
    faults: measurements.flatMap(({ workload, server, round, faults }) =>
      faults.map((fault) => `${workload} ${round}, ${server}: ${fault}`),
    ),
  };
}

/** The values of a figure, one a round; undefined where a round has none. */
type Values = (workload: string, key: string, server: ServerName) => readonly (number | undefined)[];

function createValues(workloads: readonly Workload[], measurements: readonly Measurement[]): Values {
  return (workloadName, key, server) => {
    const workload = workloads.find(({ name }) => name === workloadName);
    const figure = workload?.figures.find((candidate) => candidate.key === key);
    const own = measurements.filter((one) => one.workload === workloadName && one.server === server);
    return own.map(({ figures, round }) => {
      if (figure?.overDirect !== true) return figures[key];
      const direct = measurements.find(
        (one) => one.workload === workloadName && one.server === 'direct' && one.round === round,
      );
      return difference(figures[key], direct?.figures[key]);
    });
  };
}

function spreads(values: Values, workload: Workload, figure: Figure): FigureRow['servers'] {
  return Object.fromEntries(
    serverNames.flatMap((server) => {
      if (server === 'direct') return [];
      const spread = spreadOf(values(workload.name, figure.key, server));
      return spread === undefined ? [] : [[server, spread]];
    }),
  );
}

function judge(must: Must, values: Values): Verdict {
  const { workload, figure, against } = must;
  const ours = values(workload, figure, 'switchyard');
  const theirs = against === undefined ? [] : values(workload, figure, against);
  const spread = spreadOf(
    against === undefined ? ours : ours.map((value, round) => ratio(value, theirs[round])),
  );
  return {
    must,
    spread,
    held: spread === undefined ? undefined : holds(spread.median, must.must),
    aimReached: spread === undefined ? undefined : holds(spread.median, must.aim),
  };
}

function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== undefined).toSorted((left, right) => left - right);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return undefined;
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const median = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  return { median, least, most, rounds: sorted.length };
}

function difference(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined ? undefined : value - base;
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base;
}
