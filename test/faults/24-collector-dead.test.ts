import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startOtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { deadPort, startTcpServer } from '../support/upstream-server.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { load } from './support/load.ts';
import { residentMb } from './support/process-facts.ts';
import { startRig } from './support/rig.ts';

interface Collector {
  readonly port: number;
  close(): Promise<unknown>;
}

async function startFailingCollector(status: number): Promise<Collector> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const collectors: Readonly<Record<string, () => Promise<Collector>>> = {
  'stays silent': async () => await startTcpServer((socket) => socket.resume()),
  'answers 500': async () => await startFailingCollector(500),
  'answers 429': async () => await startFailingCollector(429),
  'refuses connections': async () => ({ port: await deadPort(), close: async () => undefined }),
};

test.each(Object.entries(collectors))(
  '24: a collector that %s changes neither latency nor memory',
  async (what, start) => {
    const working = await startOtlpReceiver();
    const collector = await start();
    await using healthyRig = await startRig({
      providers: ['primary'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: working.url },
    });
    await using rig = await startRig({
      providers: ['primary'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}` },
    });
    for (const each of [healthyRig, rig]) {
      each.providers.primary.proxy.inject({ type: 'pass', latencyMs: 50 });
      await load(each.ask, { workers: 16, calls: 300 });
    }
    // By turns, so that a slow moment of the machine meets both.
    const [healthy, samples] = [[], []] as [number[][], number[][]];
    const all = [];
    for (let round = 0; round < 4; round += 1) {
      healthy.push((await load(healthyRig.ask, { workers: 4, calls: 60 })).map(({ ms }) => ms));
      const batch = await load(rig.ask, { workers: 4, calls: 60 });
      samples.push(batch.map(({ ms }) => ms));
      all.push(...batch);
    }
    const p50 = (rounds: readonly number[][]): number =>
      percentile(
        rounds.map((times) => percentile(times, 0.5)),
        0.5,
      );
    const change = p50(samples) / p50(healthy) - 1;
    const pid = rig.gateway().process.pid;
    rig.providers.primary.proxy.inject({ type: 'pass' });
    // More spans than the queue of 2048 takes.
    all.push(...(await load(rig.ask, { workers: 16, calls: 1000 })));
    const before = residentMb(pid);
    all.push(...(await load(rig.ask, { workers: 16, calls: 1500 })));
    const grown = residentMb(pid) - before;
    await collector.close();
    await working.close();
    report(`24 the collector ${what}`, {
      ...summary(all),
      'p50 ms with a working one / with this': `${p50(healthy).toFixed(2)} / ${p50(samples).toFixed(2)}`,
      'change of the p50': `${(100 * change).toFixed(1)} %`,
      'MB grown over 1500 calls with a full queue': grown,
    });
    expect(availability(all)).toBe(1);
    expect(change).toBeLessThan(0.02);
    expect(grown).toBeLessThan(40);
  },
);

test('24: spans that were dropped are counted in a metric', async () => {
  const receiver = await startOtlpReceiver();
  const silent = await startTcpServer((socket) => socket.resume());
  await using rig = await startRig({
    providers: ['primary'],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      // The SDK reads it for traces alone; metrics go where the gateway says.
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${silent.port}`,
      OTEL_BSP_MAX_QUEUE_SIZE: '64',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '32',
    },
  });
  await load(rig.ask, { workers: 16, calls: 300 });
  await rig.gateway().stop();
  await silent.close();
  await receiver.close();
  const names = [...receiver.metricNames].toSorted();
  report('24 dropped spans', { metrics: names.join(' ') });
  expect(names.filter((name) => /span.*(processed|dropped)|dropped.*span/.test(name))).not.toEqual([]);
});
