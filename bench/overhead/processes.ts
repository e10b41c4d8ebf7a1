import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inheritedEnvironment } from './environment.ts';
import type { Core, Pinning } from './pinning.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly core: Core;
  /** In place of the benchmark's own variables that steer gateways. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Started<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  stop(): Promise<void>;
}

export interface Processes {
  /** Runs a program to its end and returns its standard output. */
  run(command: Command): Promise<string>;
  /** Starts a program and waits until `ready` has an answer; fails if the program ends before. */
  start<Ready>(command: Command, ready: Readiness<Ready>): Promise<Started<Ready>>;
  stopAll(): Promise<void>;
}

/** How to tell that a program is ready: by a line of its standard output, or by anything that settles. */
export type Readiness<Ready> =
  | { readonly line: (text: string) => Ready | undefined }
  | { readonly until: (signal: AbortSignal) => Promise<Ready> };

const stopLimitMs = 5000;
const keptErrorCharacters = 4000;

/** Every program the benchmark starts. An abort of the signal ends them all. */
export function createProcesses(pinning: Pinning, signal: AbortSignal): Processes {
  const live = new Set<ChildProcess>();
  // The last line of defence: also if the benchmark itself fails, nothing stays behind.
  process.once('exit', () => {
    for (const child of live) child.kill('SIGKILL');
  });
  return {
    async run(command) {
      const [file, ...args] = pinning.commandLine(command.core, [command.file, ...command.args]);
      const { stdout } = await promisify(execFile)(file, args, {
        ...spawnOptions(command),
        signal,
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    },
    async start(command, readiness) {
      signal.throwIfAborted();
      const [file, ...args] = pinning.commandLine(command.core, [command.file, ...command.args]);
      const child = spawn(file, args, { ...spawnOptions(command), stdio: ['ignore', 'pipe', 'pipe'] });
      live.add(child);
      child.once('exit', () => live.delete(child));
      const ready = await Promise.race([
        isReady(child.stdout, readiness, signal),
        failed(child, command, signal),
      ]);
      if (child.pid === undefined) throw new Error(`${command.file} has no process id.`);
      return { pid: child.pid, ready, stop: () => stop(child) };
    },
    async stopAll() {
      await Promise.all([...live].map(stop));
    },
  };
}

function spawnOptions({ env = {}, cwd }: Command): { env: Record<string, string>; cwd?: string } {
  return { env: { ...inheritedEnvironment(), ...env }, ...(cwd === undefined ? {} : { cwd }) };
}

function isReady<Ready>(
  stdout: NodeJS.ReadableStream,
  readiness: Readiness<Ready>,
  signal: AbortSignal,
): Promise<Ready> {
  if ('until' in readiness) {
    stdout.resume();
    return readiness.until(signal);
  }
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdout });
    lines.on('line', (text) => {
      const ready = readiness.line(text);
      if (ready === undefined) return;
      // What comes later is thrown away unread: reading it would cost the measurement.
      lines.close();
      stdout.resume();
      resolve(ready);
    });
  });
}

/** Rejects once the program ends; its last words are in the message. */
async function failed(child: ChildProcess, command: Command, signal: AbortSignal): Promise<never> {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-keptErrorCharacters);
  });
  await once(child, 'exit', { signal });
  throw new Error(`${[command.file, ...command.args].join(' ')} ended early. ${words}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const overdue = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await exited;
  clearTimeout(overdue);
}
