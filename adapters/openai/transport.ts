import { Agent, request, type Dispatcher } from 'undici';
import type { AdapterClock } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { replyBody } from './reply-body.ts';
import { connectFailure } from './socket-failure.ts';

export interface Transport {
  /** `fetch` as the SDK calls it: one request, no redirects, every failure an `AdapterError`. */
  fetch(url: string | URL, init: RequestInit): Promise<Response>;
  /** Closes every socket, whatever is under way on it. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Bounds the opening of a connection, TLS included. */
  readonly connectMs: number;
  readonly clock: AdapterClock;
}

/** HTTP over sockets that are kept between calls. */
export function createTransport({ connectMs, clock }: TransportOptions): Transport {
  const agent = new Agent({
    connect: { timeout: connectMs },
    // One event loop, one clock: deadlines are the driver's, per call.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Streams that share one TCP connection would hold each other up.
    allowH2: false,
  });
  return {
    async fetch(url, init) {
      const { origin } = new URL(url);
      const reply = await send(agent, url, init).catch((error: unknown) => {
        throw connectFailure(error, origin);
      });
      if (reply.statusCode >= 300 && reply.statusCode < 400) {
        reply.body.destroy();
        throw redirected(reply, origin);
      }
      return toResponse(reply, origin, clock);
    },
    async close() {
      await agent.destroy();
    },
  };
}

function send(agent: Agent, url: string | URL, init: RequestInit): Promise<Dispatcher.ResponseData> {
  if (typeof init.body !== 'string') throw new TypeError('the request has no text as its body');
  return request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: Object.fromEntries(new Headers(init.headers)),
    body: init.body,
    ...(init.signal ? { signal: init.signal } : {}),
  });
}

/** Not followed, for the key and the prompt would go where the operator never sent them. */
function redirected({ statusCode, headers }: Dispatcher.ResponseData, origin: string): AdapterError {
  const location = typeof headers['location'] === 'string' ? headers['location'] : '';
  const target = URL.parse(location, origin);
  const where = target === null ? 'elsewhere' : `to ${target.origin}${target.pathname}`;
  return new AdapterError(
    'protocol',
    `${origin} redirects ${where}, which is not followed: set baseUrl to the address that answers`,
    { status: statusCode },
  );
}

function toResponse(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  origin: string,
  clock: AdapterClock,
): Response {
  const isError = statusCode >= 400;
  const isJson = String(headers['content-type'] ?? '').includes('json');
  const form = isError ? 'error' : isJson ? 'whole' : 'events';
  const hasNoBody = statusCode === 204 || statusCode === 205;
  if (hasNoBody) body.destroy();
  return new Response(hasNoBody ? null : replyBody(body, { form, origin, clock }), {
    status: statusCode,
    headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      [value ?? []].flat().map((single) => [name, single]),
    ),
  });
}
