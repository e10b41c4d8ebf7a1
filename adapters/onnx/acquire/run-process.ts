import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ProcessRun {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  readonly exitCode: number | null;
  /** What it wrote to standard error. */
  readonly errorLines: readonly string[];
}

/**
 * Runs a program to its end, without a shell. An abort kills it with everything it has started, waits until it is gone, and throws the
 * signal's reason. A program that cannot be started throws Node's error (`ENOENT` where there is none).
 */
export async function runProcess(run: ProcessRun): Promise<ProcessResult> {
  run.signal.throwIfAborted();
  const child = spawn(run.command, run.arguments, {
    cwd: run.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that one signal reaches all of it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const errorLines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => run.onLine?.(line));
  createInterface({ input: child.stderr }).on('line', (line) => errorLines.push(line));
  const kill = (): void => killGroup(child);
  run.signal.addEventListener('abort', kill, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    run.signal.throwIfAborted();
    return { exitCode, errorLines };
  } finally {
    run.signal.removeEventListener('abort', kill);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Every process of the group has ended already.
  }
}
