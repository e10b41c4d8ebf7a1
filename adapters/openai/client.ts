import OpenAI, { type APIError } from 'openai';
import { APIPromise } from 'openai/core/api-promise';
import type { Exchange } from './exchange.ts';
import type { OpenAiOptions } from './options.ts';
import { SdkResponse } from './sdk-response.ts';
import type { Transport } from './transport.ts';

type PostOptions = Parameters<OpenAI['post']>[1];
type Exchanged = ConstructorParameters<typeof APIPromise>[1];

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
   * The one way out of the SDK's resources. Its own sends whatever `OPENAI_CUSTOM_HEADERS` holds, which may be meant for another server,
   * and a description of this machine; and its preparations for retries, timers, logs and other ways to sign in take as much CPU as
   * the request itself.
   */
  override post<Reply>(path: string, options?: PostOptions): APIPromise<Reply> {
    // The SDK's types promise what the server should have sent; the driver reads it with a schema of its own.
    return new APIPromise<Reply>(this, this.#exchange(path, options), readJson as Reader<Reply>);
  }

  async #exchange(path: string, given: PostOptions): Promise<Awaited<Exchanged>> {
    const { body, headers, signal, stream } = (await given) ?? {};
    if (!signal) throw new TypeError('a call needs a signal');
    const response = await this.#transport.send({
      url: this.baseURL + path,
      headers: {
        accept: stream === true ? 'text/event-stream' : 'application/json',
        ...this.#headers,
        ...stringsOf(headers),
      },
      body: JSON.stringify(body),
      signal,
      delivery: stream === true ? 'stream' : 'unary',
      onConnected: this.#onConnected.get(signal) ?? (() => undefined),
    });
    if (!response.ok) throw await this.#refusal(response);
    return {
      // All that is read of it is there; see `SdkResponse`.
      response: response as unknown as Response,
      options: { method: 'post', path },
      controller: unused,
      requestLogID: '',
      retryOfRequestLogID: undefined,
      startTime: 0,
    };
  }

  async #refusal(response: SdkResponse): Promise<APIError> {
    const text = await response.text();
    const json = jsonOrUndefined(text);
    const headers = new Headers([...response.headers.entries()]);
    // The SDK looks for `error` in what is an object, and takes the text where it is none.
    const details = typeof json === 'object' && json !== null ? json : undefined;
    return this.makeStatusError(
      response.status,
      details ?? {},
      details === undefined ? text : undefined,
      headers,
    );
  }
}

type Reader<Reply> = NonNullable<ConstructorParameters<typeof APIPromise<Reply>>[2]>;

/** Nobody aborts through it: the transport has the call's own signal. */
const unused = new AbortController();

async function readJson(_client: OpenAI, { response }: { readonly response: Response }): Promise<unknown> {
  const value: unknown = await response.json();
  return value;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An error page, say, of which the words may still tell something.
    return undefined;
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
