import { AdapterError } from '../../errors.ts';
import type { EngineCall, EngineSink } from '../engine/engine.ts';
import { packNumbers, type EncodeRequest, type EncodedText, type EncoderText } from './encoder-request.ts';
import type { Encoder } from './encoder.ts';
import type { RunBudget } from './run-budget.ts';
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
  readonly budget: RunBudget;
  readonly monotonicMs: () => number;
  readonly after: (delayMs: number, callback: () => void) => void;
  /** Told of an error that is no call's fault. */
  readonly onFatal: (error: unknown) => void;
}

/** Texts that may wait, of all calls together: four times the most that one call can bring. */
const maxWaitingTexts = 8_192;

/** Their characters together, until they are tokens. */
const maxWaitingCharacters = 64_000_000;

/** Longest stretch of tokenising between two looks at what else has come, in milliseconds; a text is never divided. */
const tokenizingMs = 10;

interface Call {
  readonly priority: EncodeRequest['priority'];
  readonly sink: EngineSink;
  readonly queuedAtMs: number;
  /** Texts without an answer. */
  left: number;
  inputTokens: number;
  stage: 'waiting' | 'working' | 'ended';
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
  readonly #untokenized = { texts: 0, characters: 0 };
  #state: 'asleep' | 'gathering' | 'running' = 'asleep';

  constructor(options: EncoderEngineOptions) {
    this.#options = options;
  }

  encode({ priority, texts }: EncodeRequest, sink: EngineSink): EngineCall {
    this.#ensureRoom(texts);
    const queuedAtMs = this.#options.monotonicMs();
    const call: Call = { priority, sink, queuedAtMs, left: texts.length, inputTokens: 0, stage: 'waiting' };
    this.#tokenize(call, texts).catch((cause: unknown) => this.#fail(call, tokenizerFailure(cause)));
    return {
      grant: () => undefined,
      cancel: () => this.#fail(call, new AdapterError('aborted', 'the caller aborted the call')),
    };
  }

  #ensureRoom(texts: EncodeRequest['texts']): void {
    if (this.#line.size + this.#untokenized.texts + texts.length > maxWaitingTexts) {
      throw queueFull(`${maxWaitingTexts} texts`);
    }
    const characters = texts.reduce((sum, text) => sum + charactersOf(text), 0);
    // A call that is alone is served, whatever its size.
    if (this.#untokenized.texts > 0 && this.#untokenized.characters + characters > maxWaitingCharacters) {
      throw queueFull(`${maxWaitingCharacters} characters`);
    }
  }

  async #tokenize(call: Call, texts: EncodeRequest['texts']): Promise<void> {
    const { monotonicMs } = this.#options;
    const left = texts.map((text, index) => ({ text, index, characters: charactersOf(text) })).toReversed();
    for (const { characters } of left) this.#count(1, characters);
    try {
      let startedMs = monotonicMs();
      for (let next = left.at(-1); next !== undefined && call.stage !== 'ended'; next = left.at(-1)) {
        this.#line.add([this.#waiting(call, next.index, next.text)]);
        left.pop();
        this.#count(-1, next.characters);
        this.#wake();
        if (monotonicMs() - startedMs < tokenizingMs) continue;
        await turnOfTheLoop();
        startedMs = monotonicMs();
      }
    } finally {
      for (const { characters } of left) this.#count(-1, characters);
    }
  }

  #count(texts: 1 | -1, characters: number): void {
    this.#untokenized.texts += texts;
    this.#untokenized.characters += texts * characters;
  }

  #waiting(call: Call, index: number, text: EncoderText): Text {
    const tokenized = this.#options.tokenizer.tokenize(text);
    return { call, index, tokenized, width: runWidth(tokenized.tokens.length, this.#options.contextTokens) };
  }

  #wake(): void {
    if (this.#state !== 'asleep') return;
    this.#state = 'gathering';
    this.#options.after(this.#options.batchWindowMs, () => {
      this.#state = 'running';
      this.#runWhileTextsWait().catch(this.#options.onFatal);
    });
  }

  async #runWhileTextsWait(): Promise<void> {
    try {
      for (let texts = this.#take(); texts.length > 0; texts = this.#take()) await this.#run(texts);
    } finally {
      this.#state = 'asleep';
    }
  }

  #take(): readonly Text[] {
    const texts = this.#line.take(this.#options.budget.tokens());
    for (const { call } of texts) {
      if (call.stage !== 'waiting') continue;
      call.stage = 'working';
      call.sink.part({ type: 'started', queuedMs: this.#options.monotonicMs() - call.queuedAtMs });
    }
    return texts;
  }

  async #run(texts: readonly Text[]): Promise<void> {
    try {
      const { encoder, budget, monotonicMs } = this.#options;
      const width = texts[0]?.width ?? 0;
      const startedMs = monotonicMs();
      const numbers = await encoder.run(
        texts.map(({ tokenized }) => tokenized),
        width,
      );
      budget.ran(texts.length * width, monotonicMs() - startedMs);
      const byCall = Map.groupBy(texts.entries(), ([, { call }]) => call);
      for (const [call, rows] of byCall) give(call, rows, numbers);
    } catch (cause) {
      for (const call of new Set(texts.map((text) => text.call))) this.#fail(call, runFailure(cause));
    }
  }

  #fail(call: Call, error: AdapterError): void {
    if (call.stage === 'ended') return;
    call.stage = 'ended';
    this.#line.remove(call);
    call.sink.failed(error);
  }
}

function give(
  call: Call,
  rows: readonly (readonly [number, Text])[],
  numbers: readonly Float32Array[],
): void {
  if (call.stage === 'ended') return;
  const texts = rows.map(([row, { index, tokenized }]): EncodedText => ({
    index,
    numbers: packNumbers(numbers[row] ?? new Float32Array()),
    truncated: tokenized.truncated,
  }));
  call.sink.part({ type: 'encoded', texts });
  call.left -= texts.length;
  call.inputTokens += rows.reduce((sum, [, { tokenized }]) => sum + tokenized.tokens.length, 0);
  if (call.left > 0) return;
  call.stage = 'ended';
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

function charactersOf(text: EncoderText): number {
  return typeof text === 'string' ? text.length : text[0].length + text[1].length;
}

function queueFull(limit: string): AdapterError {
  return new AdapterError(
    'queue-full',
    `the model is busy, and with these texts more than ${limit} would wait, which is the limit`,
  );
}

/** The error's own message may quote the text, so only its name is told. */
function tokenizerFailure(cause: unknown): AdapterError {
  const name = cause instanceof Error ? cause.name : 'error';
  return new AdapterError('invalid-request', `the model's tokenizer fails on a text (${name})`);
}

function runFailure(cause: unknown): AdapterError {
  const detail = cause instanceof Error ? cause.message : 'unknown error';
  return new AdapterError('unavailable', `the model failed while reading: ${detail}`, { cause });
}
