import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { AdapterError } from '../errors.ts';

/** Largest event of a stream, in characters; real ones have a few hundred. */
const maxEventLength = 1024 * 1024;
/** The event after the last one of an answer. */
const endMark = '[DONE]';

export interface StreamEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** Takes the server-sent events of an answer out of its bytes. */
export interface EventReader {
  /** The events that these bytes complete; `undefined` is the end of the bytes. None after the end mark. */
  feed(chunks: readonly Buffer[] | undefined): readonly StreamEvent[];
  /** Whether no further event can come. */
  hasEnded(): boolean;
}

export function createEventReader(origin: string): EventReader {
  const decoder = new StringDecoder();
  let events: StreamEvent[] = [];
  let ended = false;
  let isTooLarge = false;
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent(event) {
      if (event.data === endMark) ended = true;
      if (!ended) events.push(event);
    },
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') isTooLarge = true;
    },
  });

  return {
    hasEnded: () => ended,
    feed(chunks) {
      events = [];
      for (const chunk of chunks ?? []) {
        parser.feed(decoder.write(chunk));
        if (isTooLarge) throw tooLarge(origin);
      }
      if (chunks === undefined) {
        // Some servers leave out the blank line after the last event.
        parser.feed(`${decoder.end()}\n\n`);
        ended = true;
      }
      return events;
    },
  };
}

function tooLarge(origin: string): AdapterError {
  return new AdapterError(
    'protocol',
    `${origin} sent more than ${maxEventLength} characters as an event of its stream`,
  );
}
