import {
  answering,
  answerStream,
  delta,
  done,
  refusing,
  sse,
  sseHeaders,
  usage,
} from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';

/** What a healthy provider of this name says. */
export const answerOf = (name: string): string => `${name} says hello`;

export const answers = (name: string): Handler => answering(answerStream(name, ' says', ' hello'));

export const fails = (status = 500, headers: Readonly<Record<string, string>> = {}): Handler =>
  refusing(status, { type: 'server_error' }, headers);

export const refusesForNow = (headers: Readonly<Record<string, string>> = {}): Handler =>
  refusing(429, { code: 'rate_limit_exceeded' }, headers);

/** Sends the headers and the role, and then nothing. */
export const stallsBeforeContent: Handler = async (exchange) => {
  exchange.head(200, sseHeaders);
  await exchange.write(delta({ role: 'assistant', content: '' }));
  await exchange.over;
};

/** Takes the call and never says anything. */
export const staysSilent: Handler = (exchange) => exchange.over;

const begins = (texts: readonly string[]): string => texts.map((content) => delta({ content })).join('');

/** Says these texts, and then nothing. */
export const stallsAfter =
  (...texts: readonly string[]): Handler =>
  async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(begins(texts));
    await exchange.over;
  };

/** Says these texts, waits, and then ends its answer. */
export const pausesAfter =
  (texts: readonly string[], goOn: Promise<unknown>): Handler =>
  async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(begins(texts));
    await Promise.race([goOn, exchange.over]);
    exchange.end(delta({ content: ' the end' }) + delta({}, 'stop') + usage() + done);
  };

/** Says these texts and ends the HTTP reply cleanly, without having said why it stopped. */
export const endsWithoutReason = (...texts: readonly string[]): Handler => answering(begins(texts));

/** Says these texts, and then in the stream that it is overloaded. */
export const failsInBand = (...texts: readonly string[]): Handler =>
  answering(
    begins(texts) +
      sse({ error: { message: 'The server is overloaded.', type: 'server_error', code: 'overloaded' } }),
  );

/** Says these texts, and then an event that is no JSON. */
export const babbles = (...texts: readonly string[]): Handler =>
  answering(begins(texts) + sse('{"choices":[{"delta":{"content":"half') + delta({}, 'stop') + done);

/** Fails this share of its calls. */
export const flaps =
  (name: string, share: number, random: () => number): Handler =>
  (exchange) =>
    (random() < share ? fails(500) : answers(name))(exchange);

/** Streams a kilobyte at a time, as fast as it is taken, until the caller leaves. `onWritten` hears of the bytes taken. */
export const neverEnds =
  (onWritten: (bytes: number) => void = () => undefined): Handler =>
  async (exchange) => {
    const event = delta({ content: 'x'.repeat(1000) });
    const over = new AbortController();
    void exchange.over.then(() => over.abort());
    exchange.head(200, sseHeaders);
    while (!over.signal.aborted) {
      await exchange.write(event);
      onWritten(event.length);
      // A socket that takes everything must not keep the event loop to itself.
      await new Promise(setImmediate);
    }
  };
