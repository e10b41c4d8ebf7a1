import type { Dispatcher } from 'undici';
import type { AdapterClock } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { bodyFailure, connectFailure } from './socket-failure.ts';

/** Bytes that may wait for their reader before the server is held back. */
const highWaterBytes = 64 * 1024;
/** What may follow the end of a stream on the wire before the socket is given up instead of kept. */
const maxRestBytes = 16 * 1024;
const maxRestMs = 1_000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface ReplyHead {
  readonly status: number;
  readonly headers: Headers;
}

export interface ExchangeOptions {
  /** Who is asked, for messages. */
  readonly origin: string;
  readonly signal: AbortSignal;
  readonly clock: AdapterClock;
  /** The request is on a connection. */
  readonly onConnected: () => void;
}

type State =
  | { readonly type: 'open' }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: AdapterError };

/**
 * One request and its reply, straight from the parser of undici: no web streams and no Node streams in between, which cost more than
 * all the rest of a call. The reply is held back while nobody reads it. Every failure is an `AdapterError`.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #head = Promise.withResolvers<ReplyHead>();
  #controller: Dispatcher.DispatchController | undefined;
  #hasBegun = false;
  #state: State = { type: 'open' };
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #reader: PromiseWithResolvers<readonly Buffer[] | undefined> | undefined;
  /** Bytes that came after the reader had all it wanted; `undefined` while it reads. */
  #restBytes: number | undefined;
  #stopRestTimer: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects where no reply begins. */
  head(): Promise<ReplyHead> {
    return this.#head.promise;
  }

  /** The bytes that have come since the last call; waits for some where there are none. `undefined` at the end. */
  read(): Promise<readonly Buffer[] | undefined> {
    if (this.#chunks.length > 0) return Promise.resolve(this.#take());
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    this.#tellEnd();
    return promise;
  }

  /** The reader has all it wants. The little that may follow is read past, so that the socket can serve the next call. */
  finish(): void {
    if (this.#state.type !== 'open' || this.#restBytes !== undefined) return;
    this.#restBytes = 0;
    this.#stopRestTimer = this.#options.clock.after(maxRestMs, () => this.cut());
    this.#take();
  }

  /** Gives the socket up. */
  cut(): void {
    this.#fail(new AdapterError('aborted', `the connection to ${this.#options.origin} was closed here`));
    this.#controller?.abort(leftReply);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state.type === 'open') this.#options.onConnected();
    else controller.abort(leftReply);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Early hints and the like come before the reply.
    if (status < 200) return;
    this.#hasBegun = true;
    this.#head.resolve({ status, headers });
    this.#controller = controller;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#restBytes !== undefined) {
      this.#restBytes += chunk.length;
      if (this.#restBytes > maxRestBytes) this.cut();
      return;
    }
    if (this.#reader !== undefined) {
      this.#reader.resolve([chunk]);
      this.#reader = undefined;
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > highWaterBytes) controller.pause();
  }

  onResponseEnd(): void {
    this.#settle({ type: 'ended' });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { origin } = this.#options;
    this.#fail(this.#hasBegun ? bodyFailure(error, origin) : connectFailure(error, origin));
  }

  #take(): readonly Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#waitingBytes = 0;
    if (this.#controller?.paused === true) this.#controller.resume();
    return chunks;
  }

  #fail(error: AdapterError): void {
    if (this.#state.type !== 'open') return;
    this.#settle({ type: 'failed', error });
    this.#head.reject(error);
  }

  #settle(state: State): void {
    if (this.#state.type !== 'open') return;
    this.#state = state;
    this.#stopRestTimer?.();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#tellEnd();
  }

  /** To the reader that waits, if there is one and nothing more will come. */
  #tellEnd(): void {
    if (this.#state.type === 'open') return;
    if (this.#state.type === 'failed') this.#reader?.reject(this.#state.error);
    else this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  readonly #onAbort = (): void => this.cut();
}

/** Shared, for an error of its own would take its stack each time. */
const leftReply = new Error('the reply is not wanted any more');
