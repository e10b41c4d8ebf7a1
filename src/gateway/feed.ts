/** Values for one reader who may be slow. */
export interface Feed<Value> extends AsyncIterableIterator<Value, undefined> {
  push(value: Value): void;
  /** What waits is still read. */
  end(): void;
  return(): Promise<IteratorResult<Value, undefined>>;
}

export interface FeedOptions {
  /** Of more values than this that wait for the reader the oldest are lost. */
  readonly limit: number;
  /** Called once, when nothing is taken any more: at `end`, or when the reader leaves. */
  readonly onEnd: () => void;
}

type Step<Value> = IteratorResult<Value, undefined>;

/** Not an async generator: there, a reader who leaves would wait for the next value. */
export function createFeed<Value>({ limit, onEnd }: FeedOptions): Feed<Value> {
  const steps: Step<Value>[] = [];
  const readers: ((step: Step<Value>) => void)[] = [];
  let over = false;

  function finish(): void {
    if (over) return;
    over = true;
    onEnd();
    for (const read of readers.splice(0)) read(done);
  }

  return {
    push(value) {
      if (over) return;
      const read = readers.shift();
      if (read !== undefined) return read({ done: false, value });
      steps.push({ done: false, value });
      if (steps.length > limit) steps.shift();
    },
    end: finish,
    async next() {
      const step = steps.shift() ?? (over ? done : undefined);
      if (step !== undefined) return step;
      return await new Promise((resolve) => {
        readers.push(resolve);
      });
    },
    async return() {
      steps.length = 0;
      finish();
      return await Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const done = { done: true, value: undefined } as const;
