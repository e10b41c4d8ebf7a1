import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** File descriptors of a process, without the connections to its own server at `port`. */
export function openFiles(pid: number | undefined, port: number): number {
  const served = inodesOfServed(pid, port);
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => !served.has(inodeOf(`${folder}/${name}`))).length;
}

/** Resident memory of a process, in megabytes. */
export function residentMb(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function inodeOf(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? '';
  } catch {
    // Closed since the folder was listed.
    return '';
  }
}

/** The kernel lists the connections of all processes; those that are established carry the state 01. */
function inodesOfServed(pid: number | undefined, port: number): ReadonlySet<string> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, address, , state]) => address?.endsWith(local) === true && state !== '0A')
      .map((fields) => fields[9] ?? ''),
  );
}

/**
 * Resolves once a process runs no more, its own child or not. What a machine's first process is slow to collect is no process any more,
 * though its number stays taken: `tail --pid` would wait for that.
 */
export async function processEnded(pid: number | undefined): Promise<void> {
  const runs = `grep -Eqs '^State:[[:space:]]+[^ZX[:space:]]' /proc/${pid}/status`;
  await once(spawn('sh', ['-c', `while ${runs}; do sleep 0.01; done`]), 'exit');
}
