import { APIError } from 'openai';
import type { CallScope } from '../call-scope.ts';
import type { ModelCall, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { AnswerReader } from './answer.ts';
import { exchangeOf } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { Deployment } from './deployment.ts';
import { createEventReader, type StreamEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { streamBody, wholeBody } from './request.ts';

/** A reply as it comes. */
export interface Reply {
  /** What has come since the last time; `undefined` at the end. */
  read(): Promise<Batch | undefined>;
  leave(): void;
}

export interface Batch {
  readonly parts: readonly StreamPart[];
  /** What broke the stream after these parts. */
  readonly error?: Error;
  /** Nothing comes after it. @default false */
  readonly isLast?: boolean;
}

export interface Progress {
  readonly scope: CallScope;
  readonly deadlines: Deadlines;
  readonly answer: AnswerReader;
}

/** Asks for an answer in the form that the call wants. Nothing is sent before the first `read`. */
export function openReply(deployment: Deployment, call: ModelCall, progress: Progress): Reply {
  return call.whole === true
    ? wholeReply(deployment, call, progress)
    : streamedReply(deployment, call, progress);
}

/** Asks for the answer in one piece, where nobody reads it before it is whole. */
function wholeReply({ client, options }: Deployment, call: ModelCall, { scope, answer }: Progress): Reply {
  return {
    async read() {
      const reply: unknown = await client.chat.completions.create(wholeBody(call, options), {
        signal: scope.signal,
        headers: call.traceHeaders ?? {},
      });
      scope.throwIfInterrupted();
      throwIfError(reply);
      return { parts: answer.readWhole(reply), isLast: true };
    },
    leave: () => undefined,
  };
}

/** The parts of the reply's events, awaited under the deadlines. Throws where the reply has no event. */
function streamedReply(
  { client, options, name }: Deployment,
  call: ModelCall,
  { scope, deadlines, answer }: Progress,
): Reply {
  const events = createEventReader(options.baseUrl);
  let exchange: Exchange | undefined;
  let isEmpty = true;

  async function open(): Promise<Exchange> {
    const response = await client.chat.completions
      .create(streamBody(call, options), { signal: scope.signal, headers: call.traceHeaders ?? {} })
      .asResponse();
    deadlines.headersArrived();
    return exchangeOf(response);
  }

  return {
    async read() {
      exchange ??= await open();
      // Bytes that make no event, such as a comment that keeps the connection open, do not end the wait.
      deadlines.waitBegins();
      while (!events.hasEnded()) {
        const chunks = await exchange.read();
        scope.throwIfInterrupted();
        const batch = events.feed(chunks);
        if (batch.length === 0) continue;
        deadlines.waitEnds();
        isEmpty = false;
        const read = readBatch(batch, answer);
        if (read.parts.some(isContent)) deadlines.contentArrived();
        return read;
      }
      if (isEmpty) throw new AdapterError('protocol', `${name} answered with no event of a stream`);
      return undefined;
    },
    leave: () => exchange?.finish(),
  };
}

/** The parts of events that came at once. Texts that follow each other are joined: a burst of tokens is then one event everywhere. */
function readBatch(events: readonly StreamEvent[], answer: AnswerReader): Batch {
  const parts: StreamPart[] = [];
  try {
    for (const event of events) {
      for (const part of answer.read(valueOf(event))) append(parts, part);
    }
    return { parts };
  } catch (error) {
    if (error instanceof Error) return { parts, error };
    throw error;
  }
}

function append(parts: StreamPart[], part: StreamPart): void {
  const last = parts.at(-1);
  if (part.type === 'text-delta' && last?.type === 'text-delta') {
    const logProbabilities = [...(last.logProbabilities ?? []), ...(part.logProbabilities ?? [])];
    parts[parts.length - 1] = {
      type: 'text-delta',
      text: last.text + part.text,
      ...(logProbabilities.length === 0 ? {} : { logProbabilities }),
    };
  } else {
    parts.push(part);
  }
}

function isContent({ type }: StreamPart): boolean {
  return type !== 'response-metadata';
}

/** The JSON of an event, unless it tells of a failure. */
function valueOf({ event, data }: StreamEvent): unknown {
  const value: unknown = JSON.parse(data);
  if (event === 'error') throw providerError(errorIn(value) ?? value);
  throwIfError(value);
  return value;
}

function throwIfError(reply: unknown): void {
  const error = errorIn(reply);
  if (error) throw providerError(error);
}

function errorIn(reply: unknown): unknown {
  return typeof reply === 'object' && reply !== null && 'error' in reply ? reply.error : undefined;
}

/** In the form in which the SDK tells of error replies, so that both are read alike. */
function providerError(error: unknown): APIError {
  const details = typeof error === 'object' && error !== null ? error : { message: String(error) };
  return new APIError(undefined, details, undefined, undefined);
}
