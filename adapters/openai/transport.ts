import { Agent, interceptors, type Dispatcher } from 'undici';
import type { AdapterClock } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { Exchange, type ReplyHead } from './exchange.ts';
import { SdkResponse } from './sdk-response.ts';

/** `stream`: the reply comes bit by bit and may last minutes. `unary`: it comes in one piece. */
export type Delivery = 'stream' | 'unary';

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly delivery: Delivery;
  readonly onConnected: () => void;
}

export interface Transport {
  /** One request, no redirects, every failure an `AdapterError`. */
  send(request: OutgoingRequest): Promise<SdkResponse>;
  /** Closes every socket, whatever is under way on it. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Bounds the opening of a connection, TLS included. */
  readonly connectMs: number;
  /** Whether to speak HTTP/2 with a server that offers it. */
  readonly http2: boolean;
  readonly clock: AdapterClock;
}

/** How long an address is used before its name is looked up again; only new connections need one. */
const dnsTtlMs = 10_000;

/** HTTP over sockets that are kept between calls. Long streams and short calls have sockets of their own, so that neither waits. */
export function createTransport({ connectMs, http2, clock }: TransportOptions): Transport {
  const pools = { stream: createPool(connectMs, http2), unary: createPool(connectMs, http2) };
  /** The few of a deployment, taken apart once: parsing one costs about as much as sending a request to it. */
  const addresses = new Map<string, Address>();

  function addressOf(url: string): Address {
    const address = addresses.get(url) ?? takeApart(url);
    addresses.set(url, address);
    return address;
  }

  return {
    async send({ url, headers, body, signal, delivery, onConnected }) {
      const { server, origin, path } = addressOf(url);
      const exchange = new Exchange({ origin, signal, clock, onConnected });
      pools[delivery].dispatch(
        { origin: server, path, method: 'POST', headers: { ...headers }, body },
        exchange,
      );
      const head = await exchange.head();
      if (head.status >= 300 && head.status < 400) {
        exchange.cut();
        throw redirected(head, origin);
      }
      return new SdkResponse(exchange, head, origin);
    },
    async close() {
      await Promise.all([pools.stream.destroy(), pools.unary.destroy()]);
    },
  };
}

interface Address {
  readonly server: URL;
  readonly origin: string;
  readonly path: string;
}

function takeApart(url: string): Address {
  const { origin, pathname, search } = new URL(url);
  return { server: new URL(origin), origin, path: pathname + search };
}

function createPool(connectMs: number, http2: boolean): Dispatcher {
  return new Agent({
    connect: { timeout: connectMs },
    // One event loop, one clock: deadlines are the driver's, per call.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: http2,
  }).compose(interceptors.dns({ maxTTL: dnsTtlMs }));
}

/** Not followed, for the key and the prompt would go where the operator never sent them. */
function redirected({ status, headers }: ReplyHead, origin: string): AdapterError {
  const location = typeof headers['location'] === 'string' ? headers['location'] : '';
  const target = URL.parse(location, origin);
  const where = target === null ? 'elsewhere' : `to ${target.origin}${target.pathname}`;
  return new AdapterError(
    'protocol',
    `${origin} redirects ${where}, which is not followed: set baseUrl to the address that answers`,
    { status },
  );
}
