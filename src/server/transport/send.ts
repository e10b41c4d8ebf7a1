import type { Clock } from '../../platform/clock.ts';
import type { Exchange } from './exchange.ts';
import { atTurnEnd } from '../../platform/turn-end.ts';
import type { WriteLimit } from './write-limit.ts';

/** An answer in one piece. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One write: Node puts head and body together when both are text. */
export function send(exchange: Exchange, answer: Answer, limit: WriteLimit): void {
  const { response } = exchange;
  writeHead(exchange, answer);
  atTurnEnd(() => {
    response.end(answer.body);
    limit.untilTaken(response);
  });
}

/** Most time that a client which is still sending gets to read that it need not. */
const lingerMs = 1000;

/**
 * Answers before the request is whole, and closes the connection. What still comes meanwhile is thrown away: a connection that is closed
 * with bytes unread is reset, and the client would not see the answer.
 */
export function sendEarly(exchange: Exchange, { headers, ...answer }: Answer, clock: Clock): void {
  const { request, response } = exchange;
  writeHead(exchange, { ...answer, headers: { ...headers, connection: 'close' } });
  response.write(answer.body);
  const cancel = clock.after(lingerMs, close);
  request.once('end', close);
  request.once('close', close);
  request.resume();
  function close(): void {
    cancel();
    response.end();
  }
}

function writeHead({ response, cors }: Exchange, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...cors, ...headers, 'content-length': Buffer.byteLength(body) });
}
