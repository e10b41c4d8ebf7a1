import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Pinning } from './pinning.ts';

/** Where and what was measured. */
export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryMb: number;
  readonly pinned: Pinning['cores'] | 'not pinned';
  /** With `+` if files had been changed since. */
  readonly commit: string;
}

export function describeMachine({ cores }: Pinning): Machine {
  const [processor] = cpus();
  return {
    node: process.versions.node,
    processor: processor?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    pinned: cores ?? 'not pinned',
    commit: commit(),
  };
}

function commit(): string {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
