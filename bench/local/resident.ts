import { execFileSync } from 'node:child_process';

/** Physical memory of a process. */
export function residentMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Processes that a process has started. */
export function childrenOf(pid: number): readonly number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return children
    .trim()
    .split(/\s+/)
    .map(Number)
    .filter((child) => child > 0);
}
