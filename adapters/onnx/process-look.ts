import { readFileSync } from 'node:fs';

/** What the operating system says of a process. */
export interface ProcessLook {
  /** Stopped by a signal or a debugger. */
  readonly stopped: boolean;
  /** Processor time used since it began, all threads together, in milliseconds. */
  readonly cpuMs: number;
}

/** Linux counts in hundredths of a second, on every machine that Node.js runs on (`USER_HZ`). */
const msPerTick = 10;

/** `undefined` where the process is gone, or the system has no /proc. */
export function lookAtProcess(pid: number): ProcessLook | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name may hold spaces and brackets; the fields begin behind its last bracket. See proc_pid_stat(5): state, 14 utime, 15 stime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { stopped: state === 'T' || state === 't', cpuMs: ticks * msPerTick };
}
