import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The server under test has one core, and all that measures it another. */
export type Core = 'server' | 'tools';

export interface Pinning {
  /** Undefined if programs run where the operating system puts them. */
  readonly cores: Readonly<Record<Core, number>> | undefined;
  /** The command line that runs a program on its core. */
  commandLine(core: Core, command: CommandLine): CommandLine;
}

type CommandLine = readonly [file: string, ...args: string[]];

/** Puts this process on the core of the tools, and what it starts where it belongs. Without taskset or a second core nothing is pinned. */
export function createPinning(): Pinning {
  const [server, tools] = allowedCores();
  if (server === undefined || tools === undefined || !pinOurselves(tools)) {
    return { cores: undefined, commandLine: (_core, command) => command };
  }
  const cores = { server, tools };
  return {
    cores,
    commandLine: (core, command) => ['taskset', '-c', String(cores[core]), ...command],
  };
}

/** As Linux lists them: "0-3,8". */
function allowedCores(): readonly number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 || 0 }, (_, index) => first + index);
  });
}

function pinOurselves(core: number): boolean {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
