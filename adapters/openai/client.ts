import OpenAI from 'openai';
import type { Exchange } from './exchange.ts';
import type { OpenAiOptions } from './options.ts';
import { SdkResponse } from './sdk-response.ts';
import type { Transport } from './transport.ts';

/** No timer of the SDK may end a call: the deadlines are the driver's. The longest that Node's timers take. */
const neverMs = 2 ** 31 - 1;

/** The SDK over our transport: no retries, no timers, no log, nothing from the environment. */
export class Client extends OpenAI {
  readonly #transport: Transport;
  readonly #headers: Readonly<Record<string, string>>;
  /** What wants to know that a call is on a connection, by the call's signal: the SDK hands nothing else through. */
  readonly #onConnected = new WeakMap<AbortSignal, () => void>();

  constructor(options: OpenAiOptions, transport: Transport) {
    super({
      baseURL: options.baseUrl,
      // The SDK refuses to start without a key; `#headers` decides whether one is sent.
      apiKey: options.apiKey ?? 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: neverMs,
      logLevel: 'off',
    });
    this.#transport = transport;
    this.#headers = {
      'content-type': 'application/json',
      'user-agent': 'switchyard',
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      ...(options.organization === undefined ? {} : { 'openai-organization': options.organization }),
      ...(options.project === undefined ? {} : { 'openai-project': options.project }),
      ...options.headers,
    };
  }

  /** Calls back once the call with this signal is on a connection. */
  whenConnected(signal: AbortSignal, callback: () => void): void {
    this.#onConnected.set(signal, callback);
  }

  /**
   * Every header that leaves the machine is one of ours. The SDK would add what `OPENAI_CUSTOM_HEADERS` holds, which may
   * be meant for another server, and a description of this machine.
   */
  protected override async prepareRequest(
    request: RequestInit,
    { options }: { readonly options: { readonly headers?: unknown; readonly stream?: boolean | undefined } },
  ): Promise<void> {
    request.headers = {
      accept: options.stream === true ? 'text/event-stream' : 'application/json',
      ...this.#headers,
      ...stringsOf(options.headers),
    };
  }

  /** The SDK's own would start a timer and combine signals, both of which the driver has already. */
  override async fetchWithTimeout(
    url: string | URL | Request,
    init: RequestInit | undefined,
  ): Promise<Response> {
    const { body, signal, headers } = init ?? {};
    if (typeof body !== 'string') throw new TypeError('the request has no text as its body');
    if (!signal) throw new TypeError('the request has no signal');
    const ours = stringsOf(headers);
    const response = await this.#transport.send({
      url: url instanceof Request ? url.url : String(url),
      headers: ours,
      body,
      signal,
      delivery: ours['accept'] === 'text/event-stream' ? 'stream' : 'unary',
      onConnected: this.#onConnected.get(signal) ?? (() => undefined),
    });
    // All that the SDK reads of a response is there; see `SdkResponse`.
    return response as unknown as Response;
  }
}

/** The reply behind a response of the SDK. */
export function exchangeOf(response: unknown): Exchange {
  if (response instanceof SdkResponse) return response.exchange;
  throw new TypeError('the SDK returned a response that is not ours');
}

/** The headers of one call, which the driver gives as a plain record. */
function stringsOf(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === 'string'));
}
