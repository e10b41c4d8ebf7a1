import type { NumberedEvent } from '../domain/generation-event.ts';
import type { Clock } from '../platform/clock.ts';
import type { BufferReader, EventBuffer } from './event-buffer.ts';

export interface ResumableStreamOptions {
  /** Makes the events; the signal aborts when nobody can read them any more or the gateway stops. */
  readonly source: (signal: AbortSignal) => AsyncIterable<NumberedEvent>;
  readonly buffer: EventBuffer<NumberedEvent>;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly shutdown: AbortSignal;
  /** Called once, after the last event. */
  readonly onFinished: () => void;
  /** Called once, when nobody can read the stream any more. */
  readonly onForgotten: () => void;
  /** Told of a bug that broke the source where no reader was. */
  readonly onUnseenBug: (error: unknown) => void;
}

/** A generation that runs by itself; clients read what it has said and says, and may come back. */
export class ResumableStream {
  /** Resolves when the generation has ended. */
  readonly ended: Promise<void>;
  readonly #options: Omit<ResumableStreamOptions, 'source'>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #running = true;
  #forgotten = false;
  #cancelWindow: (() => void) | undefined;
  #unseenBug: { readonly error: unknown } | undefined;

  // The source holds on to the prompt, so that it is let go with the end of the generation.
  constructor({ source, ...options }: ResumableStreamOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([this.#stop.signal, options.shutdown]);
    this.#signal.addEventListener('abort', () => options.buffer.room.ring(), { once: true });
    this.ended = this.#run(source);
  }

  /** The events that can be read. */
  get held(): { readonly first: number; readonly last: number } {
    return this.#options.buffer;
  }

  /** Whether the generation has ended and nobody reads it. */
  get spare(): boolean {
    return !this.#running && this.#options.buffer.readers === 0;
  }

  /**
   * Reads on after an event; `undefined` where that cannot be. The reader leaves when its signal aborts or its loop ends; when it was
   * the last one, the window begins.
   */
  read(afterSequence: number, signal: AbortSignal): AsyncIterable<NumberedEvent> | undefined {
    const { buffer, clock, windowMs } = this.#options;
    const reader = buffer.attach(afterSequence);
    if (reader === undefined) return undefined;
    this.#cancelWindow?.();
    const leave = (): void => {
      signal.removeEventListener('abort', leave);
      if (!reader.detach() || buffer.readers > 0) return;
      this.#cancelWindow = clock.after(windowMs, () => this.forget());
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return this.#events(reader, leave);
  }

  /** Cancels the generation, if it runs, and gives the memory back. */
  forget(): void {
    if (this.#forgotten) return;
    this.#forgotten = true;
    this.#cancelWindow?.();
    this.#stop.abort();
    this.#options.buffer.discard();
    this.#options.onForgotten();
    if (this.#unseenBug !== undefined) this.#options.onUnseenBug(this.#unseenBug.error);
  }

  async #run(source: ResumableStreamOptions['source']): Promise<void> {
    const { buffer, onFinished, onUnseenBug } = this.#options;
    try {
      for await (const event of source(this.#signal)) await this.#keep(event);
      buffer.end();
    } catch (error) {
      buffer.end({ error });
      if (this.#forgotten) onUnseenBug(error);
      else this.#unseenBug = { error };
    }
    this.#running = false;
    onFinished();
  }

  /** Waits while there is no room, and the model with it. What nobody can read any more is let go, so that the generation ends. */
  async #keep(event: NumberedEvent): Promise<void> {
    const { buffer } = this.#options;
    while (!this.#forgotten && !buffer.offer(event)) {
      if (this.#signal.aborted && buffer.readers === 0) this.forget();
      else await buffer.room.next();
    }
  }

  async *#events(
    reader: BufferReader<NumberedEvent>,
    leave: () => void,
  ): AsyncGenerator<NumberedEvent, void> {
    try {
      for (let event = await reader.next(); event !== undefined; event = await reader.next()) yield event;
    } catch (error) {
      this.#unseenBug = undefined;
      throw error;
    } finally {
      leave();
    }
  }
}
