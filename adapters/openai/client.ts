import OpenAI from 'openai';
import type { OpenAiOptions } from './options.ts';
import type { Transport } from './transport.ts';

/** No timer of the SDK may end a call: the deadlines are the driver's. The longest that Node's timers take. */
const neverMs = 2 ** 31 - 1;

/** The SDK over our transport: no retries, no log, nothing from the environment. */
export function createClient(options: OpenAiOptions, transport: Transport): OpenAI {
  return new BareClient(options, transport);
}

/**
 * Every header that leaves the machine is one of ours. The SDK would add what `OPENAI_CUSTOM_HEADERS` holds, which may
 * be meant for another server, and a description of this machine.
 */
class BareClient extends OpenAI {
  readonly #headers: Readonly<Record<string, string>>;

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
      fetch: (url, init) => transport.fetch(url instanceof Request ? url.url : url, init ?? {}),
    });
    this.#headers = {
      'content-type': 'application/json',
      'user-agent': 'switchyard',
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      ...(options.organization === undefined ? {} : { 'openai-organization': options.organization }),
      ...(options.project === undefined ? {} : { 'openai-project': options.project }),
      ...options.headers,
    };
  }

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
}

/** The headers of one call, which the driver gives as a plain record. */
function stringsOf(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === 'string'));
}
