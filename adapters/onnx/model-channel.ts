import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AdapterLog } from '../contract.ts';
import { fromChildSchema, type FromChild, type ToChild } from './engine/protocol.ts';
import { lifeline } from './lifeline.ts';
import { logLines } from './log-lines.ts';

/** A model's process, and the messages to and from it. */
export interface ModelChannel {
  readonly pid: number | undefined;
  /** A message to a process that is gone is dropped: its end has told everybody already, or is about to. */
  send(message: ToChild): void;
  /** Ends the process at once; the reason is part of how it ended. */
  kill(reason: string): void;
  /** Resolves with how the process ended, once its last message has been read; never rejects. */
  readonly ended: Promise<string>;
}

export interface ModelChannelOptions {
  readonly onMessage: (message: Exclude<FromChild, { type: 'fatal' }>) => void;
  readonly log: AdapterLog;
}

/**
 * Large pages for large allocations, where the C library is glibc and the kernel grants them (transparent huge pages on `madvise`):
 * a step reads every weight once, and looking up small pages takes a part of its time.
 */
const environment = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

const childFile = fileURLToPath(new URL('engine/child.ts', import.meta.url));

export function openModelChannel({ onMessage, log }: ModelChannelOptions): ModelChannel {
  // Nothing of our environment goes along: the child needs none of it, and keys are there.
  const child = fork(childFile, {
    execArgv: [],
    env: environment,
    serialization: 'json',
    // The last one is the lifeline.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  });
  // How the process ends is told by its exit; a pipe that breaks with it says nothing more.
  child.stdio[lifeline]?.on('error', () => undefined);
  let lastWords: string | undefined;

  function kill(reason: string): void {
    lastWords ??= reason;
    child.kill('SIGKILL');
  }

  child.on('message', (raw) => {
    const message = fromChildSchema.safeParse(raw);
    if (!message.success) kill('it sent a message that is not of the protocol');
    else if (message.data.type === 'fatal') lastWords ??= message.data.detail;
    else onMessage(message.data);
  });
  logLines(child.stderr, (line) => {
    log.warn({ pid: child.pid, line }, 'A model process wrote to standard error.');
  });

  return {
    pid: child.pid,
    send(message) {
      child.send(message, () => undefined);
    },
    kill,
    ended: endOf(child).then((how) => (lastWords === undefined ? how : `${how}: ${lastWords}`)),
  };
}

async function endOf(child: ChildProcess): Promise<string> {
  const disconnected = new Promise<void>((resolve) => {
    child.once('disconnect', resolve);
  });
  const how = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`);
    });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(`it could not be started (${error.message})`);
    });
  });
  if (child.pid !== undefined) await disconnected;
  return how;
}
