import {
  answering,
  answerStream,
  asksForStream,
  completion,
  delta,
  done,
  refusing,
  sse,
  sseHeaders,
  usage,
} from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';

const jsonHeaders = { 'content-type': 'application/json' };

/** One way for streams, another for answers in one piece. */
function asked(stream: Handler, whole: Handler): Handler {
  return async (exchange) => await (asksForStream(exchange) ? stream : whole)(exchange);
}

/** What a healthy provider of this name says. */
export const answerOf = (name: string): string => `${name} says hello`;

export const answers = (name: string): Handler => says(name, ' says', ' hello');

/** Answers with these texts, as a stream or in one piece as it is asked. */
export const says = (...texts: readonly string[]): Handler =>
  asked(answering(answerStream(...texts)), (exchange) => exchange.json(200, completion(texts.join(''))));

export const fails = (status = 500, headers: Readonly<Record<string, string>> = {}): Handler =>
  refusing(status, { type: 'server_error' }, headers);

export const refusesForNow = (headers: Readonly<Record<string, string>> = {}): Handler =>
  refusing(429, { code: 'rate_limit_exceeded' }, headers);

/** Sends the headers and the role, and then nothing. */
export const stallsBeforeContent: Handler = asked(
  async (exchange) => {
    exchange.head(200, sseHeaders);
    await exchange.write(delta({ role: 'assistant', content: '' }));
    await exchange.over;
  },
  async (exchange) => {
    exchange.head(200, jsonHeaders);
    await exchange.over;
  },
);

/** Takes the call and never says anything. */
export const staysSilent: Handler = (exchange) => exchange.over;

const begins = (texts: readonly string[]): string => texts.map((content) => delta({ content })).join('');

/** A whole reply in two halves, the first of which ends within its text. */
function torn(text: string): readonly [string, string] {
  const reply = JSON.stringify(completion(text));
  const middle = reply.indexOf(JSON.stringify(text)) + 1 + Math.ceil(text.length / 2);
  return [reply.slice(0, middle), reply.slice(middle)];
}

/** Says these texts, or half of them where they are to come in one piece, and then nothing. */
export const stallsAfter = (...texts: readonly string[]): Handler =>
  pausesAfter(texts, new Promise(() => undefined));

/** Says these texts, or half of them, waits, and then ends its answer. */
export const pausesAfter = (texts: readonly string[], goOn: Promise<unknown>): Handler => {
  const [first, rest] = torn(`${texts.join('')} the end`);
  return asked(
    async (exchange) => {
      exchange.head(200, sseHeaders);
      await exchange.write(begins(texts));
      await Promise.race([goOn, exchange.over]);
      exchange.end(delta({ content: ' the end' }) + delta({}, 'stop') + usage() + done);
    },
    async (exchange) => {
      exchange.head(200, jsonHeaders);
      await exchange.write(first);
      await Promise.race([goOn, exchange.over]);
      exchange.end(rest);
    },
  );
};

/** Says these texts and ends the HTTP reply cleanly, without having said why it stopped. */
export const endsWithoutReason = (...texts: readonly string[]): Handler =>
  asked(answering(begins(texts)), (exchange) => exchange.json(200, completion(texts.join(''), null)));

const overloaded = {
  error: { message: 'The server is overloaded.', type: 'server_error', code: 'overloaded' },
};

/** Says these texts, and then under a status of 200 that it is overloaded. */
export const failsInBand = (...texts: readonly string[]): Handler =>
  asked(answering(begins(texts) + sse(overloaded)), (exchange) => exchange.json(200, overloaded));

/** Begins its answer with the role, as every provider does, and then says that it is overloaded. */
export const failsAfterTheRole: Handler = asked(
  answering(delta({ role: 'assistant', content: '' }) + sse(overloaded)),
  (exchange) => exchange.json(200, overloaded),
);

/** Says these texts, and then something that is no JSON. */
export const babbles = (...texts: readonly string[]): Handler =>
  asked(
    answering(begins(texts) + sse('{"choices":[{"delta":{"content":"half') + delta({}, 'stop') + done),
    (exchange) => {
      exchange.head(200, jsonHeaders);
      exchange.end(torn(texts.join(''))[0]);
    },
  );

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
