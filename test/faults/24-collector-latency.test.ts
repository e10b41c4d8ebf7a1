import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { deadPort, startTcpServer } from '../support/upstream-server.ts';
import type { Sample } from './support/clients.ts';
import { startPair } from './support/collectors.ts';
import { availability, percentile, report, summary } from './support/figures.ts';
import { load } from './support/load.ts';

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
  '24: a collector that %s does not change the latency',
  async (what, start) => {
    const collector = await start();
    await using pair = await startPair(collector.port);
    for (const { providers, ask } of [pair.healthy, pair.suffering]) {
      await load(ask, { workers: 16, calls: 300 });
      providers.primary.proxy.inject({ type: 'pass', latencyMs: 50 });
    }
    const all: Sample[] = [];
    const p50 = async ({ ask }: typeof pair.healthy): Promise<number> => {
      const samples = await load(ask, { workers: 4, calls: 40 });
      all.push(...samples);
      return percentile(
        samples.map(({ ms }) => ms),
        0.5,
      );
    };
    // By turns, and each first in every second round, so that a slow moment of the machine meets both. A single round is off by some
    // per cent either way; so many are needed for a median that can tell 2 %.
    const rounds: { readonly healthyMs: number; readonly sufferingMs: number }[] = [];
    for (let round = 0; round < 12; round += 1) {
      const [first, second] =
        round % 2 === 0
          ? ([pair.healthy, pair.suffering] as const)
          : ([pair.suffering, pair.healthy] as const);
      const [firstMs, secondMs] = [await p50(first), await p50(second)];
      rounds.push(
        round % 2 === 0
          ? { healthyMs: firstMs, sufferingMs: secondMs }
          : { healthyMs: secondMs, sufferingMs: firstMs },
      );
    }
    const changes = rounds.map(({ healthyMs, sufferingMs }) => sufferingMs / healthyMs - 1);
    const change = percentile(changes, 0.5);
    await collector.close();
    report(`24 the collector ${what}`, {
      ...summary(all),
      'p50 ms with a working one': percentile(
        rounds.map(({ healthyMs }) => healthyMs),
        0.5,
      ),
      'p50 ms with this': percentile(
        rounds.map(({ sufferingMs }) => sufferingMs),
        0.5,
      ),
      change: `${(100 * change).toFixed(1)} %`,
      'change in single rounds': changes
        .toSorted((a, b) => a - b)
        .map((share) => (100 * share).toFixed(1))
        .join(' '),
    });
    expect(availability(all)).toBe(1);
    expect(change).toBeLessThan(0.02);
  },
);
