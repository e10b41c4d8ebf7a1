import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { endlessAnswers, healthy, type Ending, type Fault } from './fault.ts';
import { pump, taken } from './pump.ts';
import { createWatch, type Watch } from './watch.ts';

export interface ProxyConnection {
  /** Counted from 1. */
  readonly number: number;
  inject(fault: Fault): void;
  end(by: Ending): void;
}

/** Stands between the gateway and a provider and does to TCP what networks do. */
export interface FaultProxy {
  /** Stays the same over `down` and `up`. */
  readonly port: number;
  readonly connections: ReadonlySet<ProxyConnection>;
  /** Connections accepted so far. */
  accepted(): number;
  /** Bytes of answers that have gone on to the gateway. */
  bytesPassed(): number;
  /** Holds for the connections that are open and for those to come, unless `faultFor` says otherwise of a new one. */
  inject(fault: Fault, faultFor?: (connection: number) => Fault): void;
  /** Ends every connection that is open. */
  endAll(by: Ending): void;
  /** Nobody listens any more: connections are refused. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Resolves when no connection is open. */
  disconnected(): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Of the provider, on the loopback. */
  readonly target: number;
  /** @default the system's */
  readonly clock?: Clock;
}

export async function startFaultProxy({
  target,
  clock = systemClock,
}: FaultProxyOptions): Promise<FaultProxy> {
  const connections = new Set<ProxyConnection>();
  const changes = createWatch();
  let faultOf: (connection: number) => Fault = noFault;
  let accepted = 0;
  let bytesPassed = 0;
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(wanted: number): Promise<Server> {
    const listener = createServer({ allowHalfOpen: true }, accept).listen(wanted, '127.0.0.1');
    await once(listener, 'listening');
    return listener;
  }

  function accept(client: Socket): void {
    accepted += 1;
    const connection = openConnection(client, {
      number: accepted,
      target,
      clock,
      fault: faultOf(accepted),
      onBytes: (bytes) => (bytesPassed += bytes),
    });
    connections.add(connection);
    client.once('close', () => {
      connections.delete(connection);
      changes.notify();
    });
  }

  const endAll = (by: Ending): void => {
    for (const connection of connections) connection.end(by);
  };

  async function down(): Promise<void> {
    if (!server.listening) return;
    server.close();
    endAll('rst');
    await once(server, 'close');
  }

  return {
    port,
    connections,
    accepted: () => accepted,
    bytesPassed: () => bytesPassed,
    inject(fault, faultFor = () => fault) {
      faultOf = faultFor;
      for (const connection of connections) connection.inject(fault);
    },
    endAll,
    down,
    async up() {
      if (!server.listening) server = await listen(port);
    },
    disconnected: () => changes.until(() => connections.size === 0),
    close: down,
  };
}

const noFault = (): Fault => healthy;

interface ConnectionOptions {
  readonly number: number;
  readonly target: number;
  readonly clock: Clock;
  readonly fault: Fault;
  readonly onBytes: (bytes: number) => void;
}

function openConnection(client: Socket, options: ConnectionOptions): ProxyConnection {
  const { number, target, clock, onBytes } = options;
  const changes = createWatch();
  let fault = options.fault;
  let bytes = 0;
  const provider = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
  const sockets = [client, provider];
  for (const socket of sockets) socket.setNoDelay(true).on('error', () => breakOff());
  // Whoever waits in a black hole must not wait for ever.
  client.once('close', () => breakOff());
  provider.once('close', () => changes.notify());

  function breakOff(): void {
    for (const socket of sockets) if (!socket.destroyed) socket.resetAndDestroy();
    changes.notify();
  }

  function end(by: Ending): void {
    if (by === 'rst') return breakOff();
    // FIN in both directions, and what the gateway still sends is thrown away.
    client.end(() => client.destroySoon());
    client.resume();
    provider.destroy();
  }

  async function toxics() {
    await changes.until(() => fault.type !== 'black-hole' || client.destroyed);
    if (fault.type !== 'pass' || fault.cut === undefined) return fault.type === 'pass' ? fault : healthy;
    return { ...fault, cut: { ...fault.cut, afterBytes: fault.cut.afterBytes - bytes } };
  }

  function passed(count: number): boolean {
    bytes += count;
    onBytes(count);
    if (fault.type !== 'pass' || fault.cut === undefined || bytes < fault.cut.afterBytes) return true;
    end(fault.cut.by);
    return false;
  }

  function begin(): void {
    if (fault.type === 'reset') return breakOff();
    if (fault.type === 'endless-headers' || fault.type === 'endless-line') {
      provider.destroy();
      void sendEndlessly(client, endlessAnswers[fault.type]);
      return;
    }
    forward(client, provider, { frozen: () => fault.type === 'black-hole', changes, breakOff });
    pump(provider, client, { clock, toxics, passed }).catch(breakOff);
  }

  begin();
  return {
    number,
    inject(next) {
      fault = next;
      bytes = 0;
      changes.notify();
    },
    end,
  };
}

interface Forwarding {
  readonly frozen: () => boolean;
  readonly changes: Watch;
  readonly breakOff: () => void;
}

/** Requests feel the black hole alone. They are read within it too, for a caller that leaves must be noticed. */
function forward(client: Socket, provider: Socket, { frozen, changes, breakOff }: Forwarding): void {
  client.on('data', (chunk) => {
    if (!frozen()) return void provider.write(chunk);
    void changes
      .until(() => !frozen() || client.destroyed)
      .then(() => client.destroyed || provider.write(chunk));
  });
  client.once('end', () => (frozen() ? breakOff() : provider.end()));
}

async function sendEndlessly(client: Socket, answer: { readonly first: string; readonly again: string }) {
  client.resume();
  client.write(answer.first);
  while (!client.destroyed) {
    if (!client.write(answer.again)) await taken(client);
  }
}
