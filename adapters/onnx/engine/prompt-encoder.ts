import { Worker } from 'node:worker_threads';
import { AdapterError } from '../../errors.ts';
import { LoadFailure } from '../load-failure.ts';
import type { EncodedPrompt } from './encoded-prompt.ts';
import type { FromPromptThread, PromptThreadOrder } from './prompt-thread-protocol.ts';
import type { EngineRequest } from './protocol.ts';

/**
 * Turns requests into tokens in a thread of its own: long prompts hold up no run of the graph, and a chat template or a tokenizer that does
 * not come to an end is stopped.
 */
export interface PromptEncoder {
  /**
   * Rejects with `AdapterError`: `context-length`, or `invalid-request` for messages that the template does not take or that it and the
   * tokenizer do not get done with.
   */
  encode(request: EngineRequest): Promise<EncodedPrompt>;
  /** Ends the thread; what is under way fails. */
  close(): Promise<void>;
}

export interface PromptEncoderLimits {
  /** How long any prompt may take. */
  readonly baseMs: number;
  /** How much longer one of so many characters may take: some ten times what the slowest known tokenizers need. */
  readonly msPerThousandCharacters: number;
  /** JavaScript's heap in the thread. A tokenizer of 262,144 tokens takes a third of it. */
  readonly heapMegabytes: number;
}

const usualLimits: PromptEncoderLimits = {
  baseMs: 5_000,
  msPerThousandCharacters: 100,
  heapMegabytes: 1024,
};

/** Opens the tokenizer and tries it. Throws `LoadFailure` for what is wrong with the folder. */
export async function openPromptEncoder(
  order: PromptThreadOrder,
  limits: PromptEncoderLimits = usualLimits,
): Promise<PromptEncoder> {
  const encoder = new ThreadedPromptEncoder(order, limits);
  try {
    await encoder.open();
    return encoder;
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

/** The template or the tokenizer took more than it may, or broke its thread. */
class PromptExcess extends Error {
  override readonly name = 'PromptExcess';
}

class ThreadedPromptEncoder implements PromptEncoder {
  readonly #order: PromptThreadOrder;
  readonly #limits: PromptEncoderLimits;
  #thread: PromptThread | undefined;
  /** Settles when the requests before have been answered. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(order: PromptThreadOrder, limits: PromptEncoderLimits) {
    this.#order = order;
    this.#limits = limits;
  }

  async open(): Promise<void> {
    try {
      await this.#ask(trial);
    } catch (cause) {
      // A template may want other messages than those of the trial, and the context may be tiny.
      if (cause instanceof AdapterError) return;
      if (!(cause instanceof PromptExcess)) throw cause;
      throw new LoadFailure(
        `The chat template or the tokenizer of the model cannot be used: ${cause.message}. Use another version of the model.`,
        { cause },
      );
    }
  }

  encode(request: EngineRequest): Promise<EncodedPrompt> {
    const encoded = this.#before.then(() => this.#encodeNow(request));
    this.#before = encoded.catch(() => undefined);
    return encoded;
  }

  async close(): Promise<void> {
    await this.#thread?.end('it was closed');
  }

  async #encodeNow(request: EngineRequest): Promise<EncodedPrompt> {
    try {
      return await this.#ask(request);
    } catch (cause) {
      if (!(cause instanceof PromptExcess)) throw cause;
      throw new AdapterError(
        'invalid-request',
        `the model's chat template or tokenizer fails on this prompt: ${cause.message}`,
        { cause },
      );
    }
  }

  async #ask(request: EngineRequest): Promise<EncodedPrompt> {
    const thread = (this.#thread ??= new PromptThread(this.#order, this.#limits));
    try {
      await thread.opened;
      return await this.#inTime(thread, request);
    } catch (error) {
      if (thread.ended) this.#thread = undefined;
      throw error;
    }
  }

  async #inTime(thread: PromptThread, request: EngineRequest): Promise<EncodedPrompt> {
    const { baseMs, msPerThousandCharacters } = this.#limits;
    const limitMs = Math.ceil(baseMs + (charactersOf(request) * msPerThousandCharacters) / 1000);
    const answer = thread.ask(request);
    let answered = false;
    // A run of the graph may have held up this loop longer than the limit: the answer is then read in this turn, before the check.
    const stop = (): unknown => answered || thread.end(`it did not get done within ${limitMs} ms`);
    const timer = setTimeout(() => setImmediate(stop), limitMs);
    try {
      return await answer;
    } finally {
      answered = true;
      clearTimeout(timer);
    }
  }
}

/** One thread, from its start to its end. One request at a time. */
class PromptThread {
  /** Rejects with `LoadFailure` where the folder cannot be used. */
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #opened = Promise.withResolvers<void>();
  ended = false;
  #answer: PromiseWithResolvers<EncodedPrompt> | undefined;
  #endReason = 'its thread broke off';
  #cause: Error | undefined;

  constructor(order: PromptThreadOrder, { heapMegabytes }: PromptEncoderLimits) {
    this.opened = this.#opened.promise;
    // Nobody may be waiting for it when the thread ends.
    this.opened.catch(() => undefined);
    this.#worker = new Worker(new URL('./prompt-thread.ts', import.meta.url), {
      workerData: order,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    this.#worker.on('message', (message: FromPromptThread) => this.#hear(message));
    this.#worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        this.#endReason = `it needs more than ${heapMegabytes} MB`;
      this.#cause = error;
    });
    this.#worker.once('exit', () => this.#fail(new PromptExcess(this.#endReason, { cause: this.#cause })));
  }

  ask(request: EngineRequest): Promise<EncodedPrompt> {
    this.#answer = Promise.withResolvers();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
    this.#worker.postMessage(request);
    return this.#answer.promise;
  }

  async end(reason: string): Promise<void> {
    this.#endReason = reason;
    await this.#worker.terminate();
  }

  #hear(message: FromPromptThread): void {
    switch (message.type) {
      case 'opened':
        this.#opened.resolve();
        return;
      case 'load-failed':
        this.#opened.reject(new LoadFailure(message.problem, { cause: new Error(message.detail) }));
        return;
      case 'encoded':
        this.#answer?.resolve(message.prompt);
        return;
      case 'refused': {
        const { kind, message: text, ...counts } = message.error;
        this.#answer?.reject(new AdapterError(kind, text, counts));
        return;
      }
      case 'excess':
        this.#answer?.reject(new PromptExcess(message.detail));
    }
  }

  #fail(end: PromptExcess): void {
    this.ended = true;
    this.#opened.reject(end);
    this.#answer?.reject(end);
  }
}

const trial: EngineRequest = {
  messages: [{ role: 'user', content: 'Hello' }],
  operatorMessage: false,
  sampling: { seed: 0, stop: [] },
  tenant: '',
  priority: 'interactive',
};

function charactersOf({ messages }: EngineRequest): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}
