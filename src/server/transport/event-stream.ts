import type { ExecutionResult } from 'graphql';
import type { Clock } from '../../platform/clock.ts';
import type { Exchange } from './exchange.ts';
import { withoutHints } from '../http-hint.ts';
import { createTurnWriter, type TurnWriter } from './turn-writer.ts';
import type { WriteLimit } from './write-limit.ts';

/**
 * Events of GraphQL over SSE, one operation a connection
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode).
 */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  // Proxies that compress would hold events back.
  'content-encoding': 'none',
};

/** Opens the stream: some browsers take no head for an answer until something follows it. Also keeps a silent connection alive. */
const comment = ':\n\n';
const complete = 'event: complete\ndata:\n\n';

/** Shorter than the idle time after which usual proxies cut a connection: 60 seconds. */
const pingMs = 12_000;

/** The whole stream of an operation that has one result. */
export function singleEvent(result: ExecutionResult): string {
  return comment + nextEvent(result) + complete;
}

export interface EventStream {
  readonly results: AsyncIterable<ExecutionResult>;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** The last result of an operation that broke. */
  readonly failed: (error: unknown) => ExecutionResult;
  readonly limit: WriteLimit;
  readonly clock: Clock;
}

/** Writes the results as they come, no faster than the client takes them. Resolves after the last one, or once the client has left. */
export async function sendEvents({ response, cors }: Exchange, stream: EventStream): Promise<void> {
  const { results, signal, limit, clock } = stream;
  const iterator = results[Symbol.asyncIterator]();
  const writer = createTurnWriter(response, limit);
  const stopPinging = keepAlive(writer, clock);
  const leave = (): void => {
    writer.stop();
    // It may wait for a model that says nothing, which hears of it by the signal.
    void iterator.return?.().catch(() => undefined);
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    if (signal.aborted) return leave();
    response.writeHead(200, { ...cors, ...eventStreamHeaders });
    writer.write(comment);
    await writeAll(iterator, writer, stream);
    if (!signal.aborted) writer.end(complete);
  } finally {
    signal.removeEventListener('abort', leave);
    stopPinging();
  }
}

async function writeAll(
  iterator: AsyncIterator<ExecutionResult>,
  writer: TurnWriter,
  { signal, failed }: EventStream,
): Promise<void> {
  try {
    while (!signal.aborted) {
      const step = await iterator.next();
      if (step.done === true || signal.aborted) return;
      writer.write(nextEvent(step.value));
      const behind = writer.behind();
      if (behind !== undefined) await behind;
    }
  } catch (error) {
    if (!signal.aborted) writer.write(nextEvent(failed(error)));
  }
}

function nextEvent(result: ExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(withoutHints(result))}\n\n`;
}

/** A client that is behind, or has an event on its way, needs no ping. */
function keepAlive(writer: TurnWriter, clock: Clock): () => void {
  let cancel = clock.after(pingMs, ping);
  function ping(): void {
    if (writer.idle()) writer.write(comment);
    cancel = clock.after(pingMs, ping);
  }
  return () => cancel();
}
