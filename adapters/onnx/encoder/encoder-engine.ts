import { AdapterError } from '../../errors.ts';
import type { EngineCall, EngineSink } from '../engine/engine.ts';
import { packNumbers, type EncodeRequest, type EncodedText } from './encoder-request.ts';
import type { Encoder } from './encoder.ts';
import { runWidth } from './run-width.ts';
import { createTextLine, type WaitingText } from './text-line.ts';
import type { TextTokenizer, TokenizedText } from './text-tokenizer.ts';

export interface EncoderEngine {
  /** Queues a request. Its parts are `encoded`, in any order of its texts, and in the end `finish`. Throws `AdapterError` where there is no room. */
  encode(request: EncodeRequest, sink: EngineSink): EngineCall;
}

export interface EncoderEngineOptions {
  readonly encoder: Encoder;
  readonly tokenizer: TextTokenizer;
  readonly contextTokens: number;
  /** How long an idle engine waits for more texts before its first run, in milliseconds. */
  readonly batchWindowMs: number;
  readonly after: (delayMs: number, callback: () => void) => void;
  /** Told of an error that is no call's fault. */
  readonly onFatal: (error: unknown) => void;
}

/** Texts that may wait, of all calls together: four times the most that one call can bring. */
const maxWaitingTexts = 8_192;

/** Tokens of a run with their padding. More gain nothing on a CPU, and a run cannot be cut short. */
const maxRunTokens = 4_096;

/** Texts that are tokenised between two looks at what else has come. */
const tokenizedAtOnce = 32;

interface Call {
  readonly request: EncodeRequest;
  readonly priority: EncodeRequest['priority'];
  readonly sink: EngineSink;
  /** Texts without an answer. */
  left: number;
  inputTokens: number;
  ended: boolean;
}

interface Text extends WaitingText<Call> {
  readonly tokenized: TokenizedText;
}

export function createEncoderEngine(options: EncoderEngineOptions): EncoderEngine {
  return new BatchingEncoder(options);
}

/** Texts of all calls share the runs of the graph, each with texts of about its own length. */
class BatchingEncoder implements EncoderEngine {
  readonly #options: EncoderEngineOptions;
  readonly #line = createTextLine<Call, Text>();
  /** Texts that are not tokenised yet. */
  #untokenized = 0;
  #awake = false;

  constructor(options: EncoderEngineOptions) {
    this.#options = options;
  }

  encode(request: EncodeRequest, sink: EngineSink): EngineCall {
    const { priority, texts } = request;
    if (this.#line.size + this.#untokenized + texts.length > maxWaitingTexts) throw queueFull();
    const call: Call = { request, priority, sink, left: texts.length, inputTokens: 0, ended: false };
    this.#tokenize(call).catch((cause: unknown) => this.#fail(call, runFailure(cause)));
    return {
      grant: () => undefined,
      cancel: () => this.#fail(call, new AdapterError('aborted', 'the caller aborted the call')),
    };
  }

  async #tokenize(call: Call): Promise<void> {
    const { texts } = call.request;
    this.#untokenized += texts.length;
    let done = 0;
    try {
      while (done < texts.length && !call.ended) {
        const some = texts.slice(done, done + tokenizedAtOnce);
        this.#line.add(some.map((text, at) => this.#waiting(call, done + at, text)));
        done += some.length;
        this.#untokenized -= some.length;
        this.#wake();
        await turnOfTheLoop();
      }
    } finally {
      this.#untokenized -= texts.length - done;
    }
  }

  #waiting(call: Call, index: number, text: EncodeRequest['texts'][number]): Text {
    const tokenized = this.#options.tokenizer.tokenize(text);
    return { call, index, tokenized, width: runWidth(tokenized.tokens.length, this.#options.contextTokens) };
  }

  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#options.after(this.#options.batchWindowMs, () => {
      this.#runWhileTextsWait().catch(this.#options.onFatal);
    });
  }

  async #runWhileTextsWait(): Promise<void> {
    try {
      for (let texts = this.#take(); texts.length > 0; texts = this.#take()) await this.#run(texts);
    } finally {
      this.#awake = false;
    }
  }

  #take(): readonly Text[] {
    return this.#line.take(maxRunTokens);
  }

  async #run(texts: readonly Text[]): Promise<void> {
    try {
      const { encoder } = this.#options;
      const numbers = await encoder.run(
        texts.map(({ tokenized }) => tokenized),
        texts[0]?.width ?? 0,
      );
      const byCall = Map.groupBy(texts.entries(), ([, { call }]) => call);
      for (const [call, rows] of byCall) give(call, rows, numbers);
    } catch (cause) {
      for (const call of new Set(texts.map((text) => text.call))) this.#fail(call, runFailure(cause));
    }
  }

  #fail(call: Call, error: AdapterError): void {
    if (call.ended) return;
    call.ended = true;
    this.#line.remove(call);
    call.sink.failed(error);
  }
}

function give(
  call: Call,
  rows: readonly (readonly [number, Text])[],
  numbers: readonly Float32Array[],
): void {
  if (call.ended) return;
  const texts = rows.map(([row, { index, tokenized }]): EncodedText => ({
    index,
    numbers: packNumbers(numbers[row] ?? new Float32Array()),
    truncated: tokenized.truncated,
  }));
  call.sink.part({ type: 'encoded', texts });
  call.left -= texts.length;
  call.inputTokens += rows.reduce((sum, [, { tokenized }]) => sum + tokenized.tokens.length, 0);
  if (call.left > 0) return;
  call.ended = true;
  const { inputTokens } = call;
  call.sink.part({
    type: 'finish',
    reason: { unified: 'stop', raw: 'all-read' },
    inputTokens,
    cachedInputTokens: 0,
    outputTokens: 0,
  });
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function queueFull(): AdapterError {
  return new AdapterError(
    'queue-full',
    `the model is busy, and with these texts more than ${maxWaitingTexts} would wait, which is the limit`,
  );
}

function runFailure(cause: unknown): AdapterError {
  const detail = cause instanceof Error ? cause.message : 'unknown error';
  return new AdapterError('unavailable', `the model failed while reading: ${detail}`, { cause });
}
