import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answerOf } from './support/behaviours.ts';
import { askOverWebSocket, openWebSocket } from './support/clients.ts';
import { availability, report, summary } from './support/figures.ts';
import { load } from './support/load.ts';
import { startRig } from './support/rig.ts';

const blockMs = 5000;

test('25: a gateway that stood still for five seconds blames no provider for it', async () => {
  await using rig = await startRig({
    providers: ['primary', 'backup'],
    timeouts: { headersMs: 2000, firstTokenMs: 2500, idleMs: 2000 },
  });
  const { primary } = rig.providers;
  primary.proxy.inject({ type: 'pass', latencyMs: 100 });
  await load(rig.ask, { workers: 4, calls: 12 });
  await rig.gateway().stop();
  await rig.restart();
  const calls = primary.calls();
  const waiting = load(rig.ask, { workers: 30, calls: 30 });
  // All of them have been sent, and none is answered yet, when the process stands still.
  await primary.until((provider) => provider.calls() >= calls + 10);
  const { process: child } = rig.gateway();
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, blockMs));
  child.kill('SIGCONT');
  const resumedMs = performance.now();
  const stalled = await waiting;
  const toldMs = performance.now() - resumedMs;
  const breakers = await rig.breakers();
  const samples = await load(rig.ask, { workers: 8, calls: 100 });
  report('25 the process stands still for 5 s', {
    ...summary(stalled),
    'ms until all had an answer': toldMs,
    breakers: [...breakers]
      .map(([name, { state, failureRate }]) => `${name} ${state} ${failureRate}`)
      .join(', '),
    'availability afterwards': `${(100 * availability(samples)).toFixed(1)} %`,
  });
  expect(stalled.every(({ result }) => result !== 'broken')).toBe(true);
  expect([...breakers.values()].map(({ state }) => state)).toEqual(['CLOSED', 'CLOSED']);
  expect(new Set(samples.map(({ text }) => text))).toEqual(new Set([answerOf('primary')]));
});

test('25: at the limit of file descriptors the gateway answers in GraphQL or refuses, and takes calls again afterwards', async () => {
  await using rig = await startRig({ providers: ['primary'] });
  const gateway = rig.gateway();
  const { pid } = gateway.process;
  const client = openWebSocket(gateway.url);
  await askOverWebSocket(client);
  await rig.quiet();
  const files = (): number => readdirSync(`/proc/${pid}/fd`).length;
  const before = files();
  limit(pid, 'nofile', before + 20);
  const { hostname, port } = new URL(gateway.url);
  const flood: Socket[] = Array.from({ length: 60 }, () =>
    connect(Number(port), hostname)
      .resume()
      .on('error', () => undefined),
  );
  // What is over the limit is accepted and closed at once.
  await Promise.any(flood.map(async (socket) => await once(socket, 'close')));
  const full = files();
  const during = await load(async () => await askOverWebSocket(client), { workers: 1, calls: 8 });
  for (const socket of flood) socket.destroy();
  limit(pid, 'nofile', 1024);
  const breaker = (await rig.breakers()).get('primary');
  const after = await load(rig.ask, { workers: 4, calls: 50 });
  await client.dispose();
  const quiet = await rig.quiet();
  report('25 out of file descriptors', {
    'files before / at the limit': `${before} / ${full}`,
    'calls at the limit': during.map(({ result, code = '' }) => `${result} ${code}`).join(', '),
    'breaker at the limit': breaker?.state ?? '',
    'availability afterwards': `${(100 * availability(after)).toFixed(1)} %`,
    'sockets to the provider afterwards': quiet.sockets,
  });
  // Descriptors with numbers beyond the limit stay open, so it may be one or two more; without a limit it would be all of the flood.
  expect(full).toBeGreaterThanOrEqual(before + 20);
  expect(full).toBeLessThan(before + 30);
  expect(during.filter(({ result }) => result === 'broken')).toEqual([]);
  // It is the gateway that has no file descriptor left; the provider is well.
  expect(breaker?.state).toBe('CLOSED');
  expect(availability(after)).toBe(1);
  expect(gateway.process.exitCode).toBeNull();
});

test('25: a disk that takes no byte more does not keep the gateway from answering', async () => {
  await using rig = await startRig({ providers: ['primary'] });
  const { pid } = rig.gateway().process;
  // No file may grow: what a full disk is to a process, without filling one.
  limit(pid, 'fsize', 0);
  const samples = await load(rig.ask, { workers: 4, calls: 40 });
  report('25 disk full', summary(samples));
  expect(availability(samples)).toBe(1);
});

function limit(pid: number | undefined, resource: 'nofile' | 'fsize', value: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--${resource}=${value}:`]);
}
