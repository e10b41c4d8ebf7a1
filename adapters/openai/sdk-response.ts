import { AdapterError } from '../errors.ts';
import type { Exchange, ReplyHead } from './exchange.ts';

/** Largest whole reply: 2048 embeddings of 3072 numbers in base64 are 34 MB. */
const maxReplyBytes = 64 * 1024 * 1024;
/** As much of an error reply as is read. */
const maxErrorBytes = 64 * 1024;

/**
 * As much of a `Response` as the SDK and the driver read; streams are read from the exchange. A real one, with its streams and header
 * lists, costs as much CPU as the SDK's whole remaining work on a call.
 */
export class SdkResponse {
  readonly exchange: Exchange;
  readonly status: number;
  readonly ok: boolean;
  readonly headers: SdkHeaders;
  readonly #origin: string;

  constructor(exchange: Exchange, { status, headers }: ReplyHead, origin: string) {
    this.exchange = exchange;
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.headers = new SdkHeaders(headers);
    this.#origin = origin;
  }

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (let read = await this.exchange.read(); read !== undefined; read = await this.exchange.read()) {
      for (const chunk of read) {
        bytes += chunk.length;
        chunks.push(chunk);
      }
      // Of an explanation the beginning will do.
      if (!this.ok && bytes > maxErrorBytes) break;
      if (bytes > maxReplyBytes) throw this.#tooLarge();
    }
    if (!this.ok) this.exchange.finish();
    return Buffer.concat(chunks).toString();
  }

  async json(): Promise<unknown> {
    const parsed: unknown = JSON.parse(await this.text());
    return parsed;
  }

  #tooLarge(): AdapterError {
    this.exchange.cut();
    return new AdapterError('protocol', `${this.#origin} sent more than ${maxReplyBytes} bytes as its reply`);
  }
}

/** Headers as undici gives them: names in lower case. */
export class SdkHeaders {
  readonly #values: ReplyHead['headers'];

  constructor(values: ReplyHead['headers']) {
    this.#values = values;
  }

  get(name: string): string | null {
    const value = this.#values[name.toLowerCase()];
    if (value === undefined) return null;
    return typeof value === 'string' ? value : value.join(', ');
  }

  entries(): IterableIterator<[string, string]> {
    return Object.keys(this.#values)
      .map((name): [string, string] => [name, this.get(name) ?? ''])
      .values();
  }
}
