import { orAborted } from '../or-aborted.ts';

/** Lets works with the same key run one after another. */
export interface Turns {
  /** Runs the work once those before it have ended, however they did. Rejects with the signal's reason where it aborts first. */
  take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    async take(key, signal, work) {
      const before = last.get(key);
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      // Who leaves the line early still holds its place, until those before it have ended.
      const turn = endOf(before, ended);
      last.set(key, turn);
      try {
        if (before !== undefined) await orAborted(before, signal);
        return await work();
      } finally {
        end();
        void turn.finally(() => forget(key, turn));
      }
    },
  };

  function forget(key: string, turn: Promise<void>): void {
    if (last.get(key) === turn) last.delete(key);
  }
}

async function endOf(before: Promise<void> | undefined, ended: Promise<void>): Promise<void> {
  await before;
  await ended;
}
