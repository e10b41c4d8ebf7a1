/** Hands a value to whoever reads. `undefined`: go on; a promise: wait, for the reader is not there yet. */
export type Deliver<Value> = (value: Value) => Promise<void> | undefined;

/** Work that delivers values and whose reader may leave. */
export interface DeliveryOptions<Value> {
  /** Begins with the first read. What it throws, the reader gets. */
  readonly run: (deliver: Deliver<Value>) => Promise<void>;
  /** The reader does not want the rest: ends the work, whatever it waits for. */
  readonly leave: () => void;
}

/**
 * What some work delivers, as an iterable. One value waits at most; from then on the work is held back until it is read. Not an async
 * generator: a chain of those, each waiting for the next, costs more than all that the gateway does with a token.
 */
export function deliveries<Value>(
  options: DeliveryOptions<Value>,
): AsyncIterableIterator<Value, void, undefined> {
  return new Deliveries(options);
}

type Step<Value> = IteratorResult<Value, void>;

const over: Step<never> = { done: true, value: undefined };

class Deliveries<Value> implements AsyncIterableIterator<Value, void, undefined> {
  readonly #options: DeliveryOptions<Value>;
  readonly #waiting: Value[] = [];
  /** Resolves when no value waits any more. */
  #taken: PromiseWithResolvers<void> | undefined;
  #reader: PromiseWithResolvers<Step<Value>> | undefined;
  #work: Promise<void> | undefined;
  #isOver = false;
  /** What the work threw while nobody read; told once, to the next read or to who leaves. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: DeliveryOptions<Value>) {
    this.#options = options;
  }

  next(): Promise<Step<Value>> {
    this.#work ??= this.#start();
    const value = this.#waiting.shift();
    if (value !== undefined) {
      if (this.#waiting.length === 0) this.#release();
      return Promise.resolve({ done: false, value });
    }
    if (!this.#isOver) {
      this.#reader = Promise.withResolvers();
      return this.#reader.promise;
    }
    return this.#ending();
  }

  async return(): Promise<Step<Value>> {
    const isRunning = this.#work !== undefined && !this.#isOver;
    this.#work ??= Promise.resolve();
    this.#waiting.length = 0;
    this.#end();
    if (isRunning) {
      this.#release();
      this.#options.leave();
    }
    await this.#work;
    return await this.#ending();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #start(): Promise<void> {
    try {
      await this.#options.run(this.#deliver);
      this.#end();
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #deliver: Deliver<Value> = (value) => {
    if (this.#isOver) return undefined;
    if (this.#reader !== undefined) {
      this.#reader.resolve({ done: false, value });
      this.#reader = undefined;
      return undefined;
    }
    this.#waiting.push(value);
    this.#taken ??= Promise.withResolvers();
    return this.#taken.promise;
  };

  #end(): void {
    this.#isOver = true;
    this.#reader?.resolve(over);
    this.#reader = undefined;
  }

  /** What comes after the last value. */
  async #ending(): Promise<Step<Value>> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return over;
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    if (this.#reader === undefined) this.#failure = { error };
    else this.#reader.reject(error);
    this.#reader = undefined;
  }

  #release(): void {
    this.#taken?.resolve();
    this.#taken = undefined;
  }
}
