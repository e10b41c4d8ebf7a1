import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, test } from 'vitest';
import { createPulseWatch } from '../../adapters/onnx/pulse-watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A process that never answers, after so long a silence was announced; without an id it counts as one that works. */
function silentProcess(
  expectedMs: number,
  pid?: number,
): { readonly killed: string[]; advance(ms: number): void } {
  const clock = createFakeClock();
  const killed: string[] = [];
  const watch = createPulseWatch({
    clock,
    limits: { stallTimeoutMs: 1000, maxResidentBytes: Infinity },
    pid,
    ping: () => undefined,
    kill: (reason) => killed.push(reason),
  });
  watch.expect(expectedMs);
  watch.begin();
  return { killed, advance: (ms) => clock.advance(ms) };
}

test('a process without a sign of life is ended', () => {
  const watched = silentProcess(0);
  watched.advance(900);
  expect(watched.killed).toEqual([]);
  watched.advance(200);
  expect(watched.killed).toEqual(['it gave no sign of life for 1000 ms']);
});

test('a run that is known to take long is no hang until it takes eight times as long', () => {
  const watched = silentProcess(500);
  watched.advance(3900);
  expect(watched.killed).toEqual([]);
  watched.advance(200);
  expect(watched.killed).toEqual(['it gave no sign of life for 4000 ms']);
});

test('a process that gets no processor time is ended after five times as long', async () => {
  const idle = spawn('sleep', ['60']);
  await once(idle, 'spawn');
  const watched = silentProcess(0, idle.pid);
  watched.advance(4900);
  expect(watched.killed).toEqual([]);
  watched.advance(200);
  expect(watched.killed).toEqual(['it gave no sign of life for 5000 ms']);
  idle.kill();
});

test('one that has computed for half of its time is ended at once, however much of the machine others had', () => {
  const watched = silentProcess(0, ownId);
  watched.advance(1900);
  expect(watched.killed).toEqual([]);
  computeFor(600);
  watched.advance(200);
  expect(watched.killed).toEqual(['it gave no sign of life for 2000 ms']);
});

const { pid: ownId } = process;

function computeFor(cpuMs: number): void {
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 1000 * cpuMs);
}
