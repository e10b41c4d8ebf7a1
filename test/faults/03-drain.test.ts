import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startTcpServer } from '../support/upstream-server.ts';
import { pausesAfter } from './support/behaviours.ts';
import { openWebSocket, overSse, overWebSocket, stream } from './support/clients.ts';
import { report } from './support/figures.ts';
import { startRig } from './support/rig.ts';

const drainSeconds = 2;
const flushLimitMs = 3000;

test('3: on SIGTERM with 50 streams nothing new is taken, those that can end do, the others are told, and the exit is clean', async () => {
  const collector = await startTcpServer((socket) => socket.resume());
  await using rig = await startRig({
    providers: ['primary'],
    timeouts: { idleMs: 60_000 },
    env: {
      SWITCHYARD_DRAIN_SECONDS: String(drainSeconds),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
    },
  });
  const { primary } = rig.providers;
  const goOn = Promise.withResolvers<void>();
  const [ending, endless] = [
    pausesAfter(['begun'], goOn.promise),
    pausesAfter(['begun'], new Promise(() => undefined)),
  ];
  primary.behave((exchange) => (primary.calls() <= 40 ? ending : endless)(exchange));
  const gateway = rig.gateway();
  const client = openWebSocket(gateway.url);
  const underWay = Promise.withResolvers<void>();
  let begun = 0;
  const onText = (delivered: string): void => {
    if (delivered === 'begun' && (begun += 1) === 50) underWay.resolve();
  };
  const streams = Array.from(
    { length: 50 },
    async (_, index) => await stream(index % 5 === 0 ? overWebSocket(client) : overSse(gateway.url), onText),
  );
  await underWay.promise;
  const stoppedMs = performance.now();
  const exit = gateway.stop('SIGTERM').then((code) => ({ code, ms: performance.now() - stoppedMs }));
  await gateway.logged(({ message }) => message === 'Switchyard is stopping.');
  const ready = await fetch(new URL('/readyz', gateway.url)).then(
    ({ status }) => status,
    () => 'refused',
  );
  const readyMs = performance.now() - stoppedMs;
  const newcomer = await rig.ask();
  goOn.resolve();
  const samples = await Promise.all(streams);
  const told = performance.now() - stoppedMs;
  const { code, ms } = await exit;
  await collector.close();

  const finished = samples.filter(
    ({ result, text }) => result === 'answer' && text === 'begun the end',
  ).length;
  const shutDown = samples.filter((sample) => sample.code === 'SERVER_SHUTDOWN').length;
  const others = samples.filter((sample) => sample.result !== 'answer' && sample.code !== 'SERVER_SHUTDOWN');
  report('3 SIGTERM with 50 streams and a dead collector', {
    'streams that ended whole': finished,
    'streams told SERVER_SHUTDOWN': shutDown,
    'streams told otherwise': others.map((sample) => sample.code ?? '').join(' ') || 'none',
    'readiness after SIGTERM': `${ready} after ${readyMs.toFixed(0)} ms`,
    'a new call': `${newcomer.result} ${newcomer.code ?? ''}`,
    'ms until the last client was told': told,
    'ms until exit': ms,
    'exit code': String(code),
  });
  expect({ finished, shutDown }).toEqual({ finished: 40, shutDown: 10 });
  expect([503, 'refused']).toContain(ready);
  expect(newcomer.result).not.toBe('answer');
  expect(primary.calls()).toBe(50);
  expect(code).toBe(0);
  expect(told).toBeLessThan(drainSeconds * 1000 + 1000);
  expect(ms - told).toBeLessThan(flushLimitMs + 1500);
});

test('3: an idle gateway with a dead collector exits within the time for its last telemetry', async () => {
  const collector = await startTcpServer((socket) => socket.resume());
  await using rig = await startRig({
    providers: ['primary'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}` },
  });
  await rig.ask();
  const startedMs = performance.now();
  const exited = once(rig.gateway().process, 'exit');
  const code = await rig.gateway().stop('SIGTERM');
  await exited.catch(() => undefined);
  const ms = performance.now() - startedMs;
  await collector.close();
  report('3 SIGTERM, idle, with a dead collector', { 'ms until exit': ms, 'exit code': String(code) });
  expect(code).toBe(0);
  expect(ms).toBeLessThan(flushLimitMs + 500);
});
