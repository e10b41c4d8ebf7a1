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
export function deliveries<Value>({
  run,
  leave,
}: DeliveryOptions<Value>): AsyncIterableIterator<Value, void, undefined> {
  const waiting: Value[] = [];
  let taken: PromiseWithResolvers<void> | undefined;
  let reader: PromiseWithResolvers<IteratorResult<Value, void>> | undefined;
  let work: Promise<void> | undefined;
  let end: { readonly error?: unknown } | undefined;

  function deliver(value: Value): Promise<void> | undefined {
    if (end !== undefined) return undefined;
    if (reader !== undefined) {
      reader.resolve({ done: false, value });
      reader = undefined;
      return undefined;
    }
    waiting.push(value);
    taken ??= Promise.withResolvers();
    return taken.promise;
  }

  function finish(reason: { readonly error?: unknown }): void {
    if (end !== undefined) return;
    end = reason;
    if (reader === undefined) return;
    if ('error' in reason) reader.reject(reason.error);
    else reader.resolve({ done: true, value: undefined });
    reader = undefined;
    end = {};
  }

  async function start(): Promise<void> {
    try {
      await run(deliver);
      finish({});
    } catch (error) {
      finish({ error });
    }
  }

  return {
    next() {
      work ??= start();
      const value = waiting.shift();
      if (value !== undefined) {
        if (waiting.length === 0) {
          taken?.resolve();
          taken = undefined;
        }
        return Promise.resolve({ done: false, value });
      }
      if (end === undefined) {
        reader = Promise.withResolvers();
        return reader.promise;
      }
      const { error } = end;
      const broke = 'error' in end;
      end = {};
      return broke ? Promise.reject(error as Error) : Promise.resolve({ done: true, value: undefined });
    },
    async return() {
      if (work === undefined) {
        work = Promise.resolve();
      } else if (end === undefined) {
        waiting.length = 0;
        finish({});
        taken?.resolve();
        leave();
      }
      finish({});
      await work;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
