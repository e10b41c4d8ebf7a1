import { startUpstreamServer, type Exchange, type Handler } from '../../support/upstream-server.ts';
import { answers } from './behaviours.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createWatch } from './watch.ts';

/** A provider that does what a scenario tells it, behind a network that does so too. */
export interface Provider {
  readonly name: string;
  /** Where the gateway finds it: the proxy. */
  readonly baseUrl: string;
  readonly proxy: FaultProxy;
  /** What answers from the next call on. */
  behave(handler: Handler): void;
  /** Calls that have arrived. */
  calls(): number;
  /** Calls that the gateway left before they had been answered. */
  aborted(): number;
  /** Calls under way. */
  underWay(): number;
  /** Resolves when the condition on the counts above holds. */
  until(condition: (provider: Provider) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Sockets that nobody uses are to be closed after a second, so that what is still open then has leaked. */
const keepAlive = { connection: 'keep-alive', 'keep-alive': 'timeout=3' };

export async function startProvider(name: string): Promise<Provider> {
  const changes = createWatch();
  let behaviour: Handler = answers(name);
  let calls = 0;
  let aborted = 0;
  let underWay = 0;

  const upstream = await startUpstreamServer(async (exchange) => {
    calls += 1;
    underWay += 1;
    let answered = false;
    const told = counted(exchange, () => (answered = true));
    void exchange.over.finally(() => {
      underWay -= 1;
      if (!answered) aborted += 1;
      changes.notify();
    });
    changes.notify();
    await behaviour(told);
  });
  const proxy = await startFaultProxy({ target: Number(new URL(upstream.baseUrl).port) });

  const provider: Provider = {
    name,
    baseUrl: `http://127.0.0.1:${proxy.port}/v1`,
    proxy,
    behave(handler) {
      behaviour = handler;
    },
    calls: () => calls,
    aborted: () => aborted,
    underWay: () => underWay,
    until: async (condition) => await changes.until(() => condition(provider)),
    async close() {
      await proxy.close();
      await upstream.close();
    },
  };
  return provider;
}

/** The same exchange, which tells when the provider itself ends it. */
function counted(exchange: Exchange, onAnswered: () => void): Exchange {
  return {
    ...exchange,
    head: (status, headers) => exchange.head(status, { ...keepAlive, ...headers }),
    end(data) {
      onAnswered();
      exchange.end(data);
    },
    json(status, value, headers) {
      onAnswered();
      exchange.json(status, value, { ...keepAlive, ...headers });
    },
    cut() {
      onAnswered();
      exchange.cut();
    },
    reset() {
      onAnswered();
      exchange.reset();
    },
  };
}
