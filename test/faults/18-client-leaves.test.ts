import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Handler } from '../support/upstream-server.ts';
import { stallsAfter, staysSilent } from './support/behaviours.ts';
import { ask, input, overSse, stream, streamQuery } from './support/clients.ts';
import { percentile, report } from './support/figures.ts';
import type { Provider } from './support/provider.ts';
import { startRig } from './support/rig.ts';

const tries = 20;
const timeouts = { headersMs: 30_000, firstTokenMs: 30_000, idleMs: 30_000 };

/** Starts a call, waits until it is under way as the name says, and leaves. */
type Leaving = (url: string, provider: Provider) => Promise<void>;

async function begun(provider: Provider): Promise<void> {
  await provider.until(({ underWay }) => underWay() === 1);
}

const leavings: Readonly<Record<string, readonly [Handler, Leaving]>> = {
  'a stream over SSE, in mid-stream': [
    stallsAfter('one', ' two'),
    async (url) => {
      const leave = new AbortController();
      const texts = Promise.withResolvers<void>();
      const left = stream(
        overSse(url, input, leave.signal),
        (delivered) => delivered === 'one two' && texts.resolve(),
      );
      await texts.promise;
      leave.abort();
      await left;
    },
  ],
  'a stream over SSE, of a silent provider': [
    staysSilent,
    async (url, provider) => {
      const leave = new AbortController();
      const left = stream(overSse(url, input, leave.signal));
      await begun(provider);
      leave.abort();
      await left;
    },
  ],
  'a whole answer, of a silent provider': [
    staysSilent,
    async (url, provider) => {
      const leave = new AbortController();
      const left = ask(url, input, leave.signal);
      await begun(provider);
      leave.abort();
      await left;
    },
  ],
  'a stream over graphql-ws, its socket torn off': [
    stallsAfter('one', ' two'),
    async (url, provider) => {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await once(socket, 'message');
      const payload = { query: streamQuery, variables: { input } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      await begun(provider);
      socket.terminate();
    },
  ],
  'a stream over graphql-ws, by its complete message': [
    stallsAfter('one', ' two'),
    async (url) => {
      const client = createClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      for await (const { data } of client.iterate({ query: streamQuery, variables: { input } })) {
        if (JSON.stringify(data).includes(' two')) break;
      }
      await client.dispose();
    },
  ],
};

test.each(Object.entries(leavings))(
  '18: %s: the provider is rid of the call within 200 ms of the client leaving',
  async (what, [behaviour, leave]) => {
    await using rig = await startRig({ providers: ['primary'], timeouts });
    const { primary } = rig.providers;
    await rig.ask();
    const before = await rig.quiet();
    primary.behave(behaviour);
    const times: number[] = [];
    for (let index = 1; index <= tries; index += 1) {
      await leave(rig.gateway().url, primary);
      const leftMs = performance.now();
      await primary.until(({ aborted }) => aborted() === index);
      times.push(performance.now() - leftMs);
    }
    const breaker = (await rig.breakers()).get('primary');
    const after = await rig.quiet();
    const told = rig.gateway().log.filter((line) => line['problem'] === 'CANCELLED').length;
    report(`18 client leaves: ${what}`, {
      tries,
      'ms until the provider is rid of it p50 / p99': `${percentile(times, 0.5).toFixed(1)} / ${percentile(times, 0.99).toFixed(1)}`,
      'log lines that say CANCELLED': told,
      'sockets, files before': `${before.sockets}, ${before.files}`,
      'sockets, files after': `${after.sockets}, ${after.files}`,
    });
    expect(percentile(times, 1)).toBeLessThan(200);
    expect(told).toBe(tries);
    expect(primary.calls()).toBe(1 + tries);
    expect(breaker).toMatchObject({ state: 'CLOSED', failureRate: 0 });
    expect(after).toEqual(before);
  },
);
