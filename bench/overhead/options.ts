import { env } from 'node:process';
import { parseArgs } from 'node:util';
import { serverNames, type ServerName } from './servers/server.ts';
import { workloadNames, type WorkloadName } from './workloads/workload.ts';

export const help = `Measures what Switchyard costs, side by side with a bare proxy and with other gateways.

Usage: npm run bench:overhead -- --tools <folder> [flags]

  --tools <folder>     Folder with mock.c and lg.c. Default: the variable BENCH_TOOLS.
  --rounds <n>         Rounds in which the servers take turns. Default: 5.
  --only <names>       Workloads, separated by commas: ${workloadNames.join(', ')}. Default: all.
  --servers <names>    Servers, separated by commas: ${serverNames.join(', ')}. Default: all that are installed.
  --seconds <n>        Length of a measured window. Default: 5.
  --warm-up <n>        Load on a fresh Node process before its first window, in seconds. Default: 12.
  --install-peers      Install the peers from PyPI first (smg and LiteLLM; needs python3).
  --check              A short smoke: one round, tiny windows; only that everything ran without errors counts.
  --help               Print this.
`;

export interface Options {
  readonly toolsFolder: string;
  readonly rounds: number;
  readonly workloads: readonly WorkloadName[];
  /** Undefined: all that are installed. */
  readonly servers: readonly ServerName[] | undefined;
  readonly windowSeconds: number;
  readonly warmUpSeconds: number;
  readonly installPeers: boolean;
  readonly check: boolean;
}

/** A flag is wrong or missing; the message says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @returns undefined if only help was asked for */
export function readOptions(args: readonly string[]): Options | undefined {
  const flags = readFlags(args);
  if (flags.help === true) return undefined;
  const toolsFolder = flags.tools ?? env['BENCH_TOOLS'] ?? '';
  if (toolsFolder === '') {
    throw new UsageError(
      'The folder with mock.c and lg.c is not known. Name it with --tools <folder> or in the variable BENCH_TOOLS.',
    );
  }
  const check = flags.check ?? false;
  return {
    toolsFolder,
    rounds: count('--rounds', flags.rounds, check ? 1 : 5),
    workloads: names('--only', flags.only, workloadNames) ?? workloadNames,
    servers: names('--servers', flags.servers, serverNames),
    windowSeconds: count('--seconds', flags.seconds, check ? 1 : 5),
    warmUpSeconds: count('--warm-up', flags['warm-up'], check ? 1 : 12),
    installPeers: flags['install-peers'] ?? false,
    check,
  };
}

function readFlags(args: readonly string[]): ReturnType<typeof parseArgs<typeof config>>['values'] {
  try {
    return parseArgs({ ...config, args: [...args] }).values;
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)} See --help.`, { cause });
  }
}

const config = {
  options: {
    tools: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    servers: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    'install-peers': { type: 'boolean' },
    check: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

function count(flag: string, text: string | undefined, missing: number): number {
  if (text === undefined) return missing;
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`${flag} takes a whole number from 1 to 9999, not "${text}".`);
  return Number(text);
}

function names<const Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] | undefined {
  if (text === undefined) return undefined;
  return text.split(',').map((wanted) => {
    const name = known.find((candidate) => candidate === wanted.trim());
    if (name === undefined)
      throw new UsageError(`${flag} does not know "${wanted}". It knows ${known.join(', ')}.`);
    return name;
  });
}
