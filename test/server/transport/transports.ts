import { request, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** What answers a POST of JSON: ours has the exact path, yoga every other spelling of it that it knows. */
export const transports = [
  ['our own transport', '/graphql'],
  ['yoga', '/graphql/'],
] as const;

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One POST with these headers and no others. */
export function post(url: string, { headers = {}, body }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      const { statusCode: status = 0, headers: received } = response;
      text(response).then((answer) => resolve({ status, headers: received, body: answer }), reject);
    });
    sending.end(body);
  });
}
