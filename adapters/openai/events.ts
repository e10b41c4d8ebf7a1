import { createParser } from 'eventsource-parser';
import { AdapterError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/** Largest event of a stream, in characters; real ones have a few hundred. */
const maxEventLength = 1024 * 1024;
/** The event after the last one of an answer. */
const endMark = '[DONE]';

export interface StreamEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** The server-sent events of a reply up to its end mark. */
export interface Events {
  /** All that are there at a time, at least one; `undefined` at the end. */
  read(): Promise<readonly StreamEvent[] | undefined>;
}

export function readEvents(exchange: Exchange, origin: string): Events {
  const decoder = new TextDecoder();
  let batch: StreamEvent[] = [];
  let hasEnded = false;
  let isTooLarge = false;
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent(event) {
      if (event.data === endMark) hasEnded = true;
      if (!hasEnded) batch.push(event);
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') isTooLarge = true;
    },
  });

  function feed(chunks: readonly Buffer[] | undefined): void {
    for (const chunk of chunks ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (isTooLarge) throw tooLarge(origin);
    }
    if (chunks === undefined) {
      // Some servers leave out the blank line after the last event.
      parser.feed(`${decoder.decode()}\n\n`);
      hasEnded = true;
    }
  }

  return {
    async read() {
      while (!hasEnded) {
        feed(await exchange.read());
        if (batch.length === 0) continue;
        const taken = batch;
        batch = [];
        return taken;
      }
      return undefined;
    },
  };
}

function tooLarge(origin: string): AdapterError {
  return new AdapterError(
    'protocol',
    `${origin} sent more than ${maxEventLength} characters as an event of its stream`,
  );
}
