import type { Readable } from 'node:stream';
import type { AdapterClock } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { bodyFailure } from './socket-failure.ts';

/** Largest event of a stream; real ones have a few hundred bytes. */
const maxEventBytes = 1024 * 1024;
/** Largest whole reply: 2048 embeddings of 3072 numbers in base64 are 34 MB. */
const maxReplyBytes = 64 * 1024 * 1024;
/** As much of an error reply as is read. */
const maxErrorBytes = 64 * 1024;
/** What may follow the end of a stream on the wire before the socket is given up instead of kept. */
const maxRestBytes = 16 * 1024;
const maxRestMs = 1_000;

/** `events`: a stream of server-sent events. `whole`: one JSON text. `error`: an explanation, of which the beginning will do. */
export type ReplyForm = 'events' | 'whole' | 'error';

export interface ReplyOptions {
  readonly form: ReplyForm;
  /** Who sends it, for messages. */
  readonly origin: string;
  readonly clock: AdapterClock;
}

/** A reply as a web stream that is read only as far as it is pulled, and whose size is bounded. */
export function replyBody(body: Readable, { form, origin, clock }: ReplyOptions): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<unknown> = body[Symbol.asyncIterator]();
  const meter = meters[form](origin);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const step = await chunks.next();
          if (step.done === true) return controller.close();
          if (!(step.value instanceof Uint8Array)) throw new TypeError('the socket delivered no bytes');
          if (meter(step.value) === 'enough') {
            body.destroy();
            return controller.close();
          }
          controller.enqueue(step.value);
        } catch (error) {
          body.destroy();
          controller.error(bodyFailure(error, origin));
        }
      },
      cancel() {
        void drain(chunks, body, clock);
      },
    },
    { highWaterMark: 0 },
  );
}

type Meter = (chunk: Uint8Array) => 'go-on' | 'enough';

/** Each counts a reply's bytes and throws, or stops, where there are too many. */
const meters: Readonly<Record<ReplyForm, (origin: string) => Meter>> = {
  events(origin) {
    let eventBytes = 0;
    let last: number | undefined;
    return (chunk) => {
      const tailBytes = bytesAfterLastBlankLine(chunk, last);
      eventBytes = tailBytes ?? eventBytes + chunk.length;
      last = chunk.at(-1);
      if (eventBytes > maxEventBytes) throw tooLarge(origin, 'an event of its stream', maxEventBytes);
      return 'go-on';
    };
  },
  whole(origin) {
    let bytes = 0;
    return (chunk) => {
      bytes += chunk.length;
      if (bytes > maxReplyBytes) throw tooLarge(origin, 'its reply', maxReplyBytes);
      return 'go-on';
    };
  },
  error() {
    let bytes = 0;
    return (chunk) => {
      bytes += chunk.length;
      return bytes > maxErrorBytes ? 'enough' : 'go-on';
    };
  },
};

function tooLarge(origin: string, what: string, limitBytes: number): AdapterError {
  return new AdapterError('protocol', `${origin} sent more than ${limitBytes} bytes as ${what}`);
}

/**
 * Bytes after the last blank line (which ends an event), `undefined` where the chunk has none. A blank line may be
 * split between two chunks, hence the last byte of the one before.
 */
function bytesAfterLastBlankLine(chunk: Uint8Array, lastByteBefore: number | undefined): number | undefined {
  const lineFeed = 10;
  const carriageReturn = 13;
  for (let place = chunk.length - 1; place >= 0; place -= 1) {
    const byte = chunk[place];
    if (byte !== lineFeed && byte !== carriageReturn) continue;
    const before = place === 0 ? lastByteBefore : chunk[place - 1];
    const isEmptyLine = before === byte || (byte === carriageReturn && before === lineFeed);
    if (isEmptyLine) return chunk.length - place - 1;
  }
  return undefined;
}

/** Reads the little that follows the end of a stream, so that the socket can serve the next call. Never rejects. */
async function drain(chunks: AsyncIterator<unknown>, body: Readable, clock: AdapterClock): Promise<void> {
  const stopTimer = clock.after(maxRestMs, () => body.destroy());
  try {
    for (let bytes = 0; bytes <= maxRestBytes;) {
      const { done, value } = await chunks.next();
      if (done === true) return;
      bytes += value instanceof Uint8Array ? value.length : 0;
    }
    body.destroy();
  } catch {
    // The socket broke or was given up: there is nothing left to keep.
    body.destroy();
  } finally {
    stopTimer();
  }
}
