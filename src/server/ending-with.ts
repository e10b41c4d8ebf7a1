export interface StreamEnd<Value> {
  /** The reader does not want the rest. Called before the source is told, which may only listen to its signal. */
  readonly leave: () => void;
  /** Called for each value. */
  readonly each: (value: Value) => Value;
  /** The last value of a source that broke. */
  readonly fail: (error: unknown) => Value;
  /** Called once, after the last value or when the reader leaves. */
  readonly end: (error?: unknown) => void;
}

/**
 * The same stream with its end told. Not an async generator: there, `return()` would wait for the `next()` under way, and so for a
 * model that says nothing.
 */
export function endingWith<Value>(
  source: AsyncIterable<Value>,
  { leave, each, fail, end }: StreamEnd<Value>,
) {
  const iterator = source[Symbol.asyncIterator]();
  let over = false;
  const finish = (error?: unknown): void => {
    if (over) return;
    over = true;
    end(error);
  };
  const stream: AsyncGenerator<Value, void, undefined> = {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        const step = await iterator.next();
        if (step.done !== true) return { done: false, value: each(step.value) };
        finish();
        return { done: true, value: undefined };
      } catch (error) {
        if (over) return { done: true, value: undefined };
        finish(error);
        return { done: false, value: fail(error) };
      }
    },
    async return() {
      leave();
      finish();
      try {
        await iterator.return?.();
      } catch (error) {
        // Nobody reads the value any more, but the bug behind it is told.
        fail(error);
      }
      return { done: true, value: undefined };
    },
    async throw(error) {
      leave();
      finish(error);
      await iterator.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
  return stream;
}
