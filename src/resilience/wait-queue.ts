import type { Clock } from '../platform/clock.ts';
import type { Priority } from '../domain/request.ts';

/** Why a waiter has left without being served. */
export type Departure = 'expired' | 'aborted' | 'closed';

export interface Wait {
  readonly priority: Priority;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Who waits, in order. Everyone is served or leaves, and leaves at once when the time is up or the signal aborts. */
export interface WaitQueue<Served> {
  /** All that wait, or those of one priority. */
  size(priority?: Priority): number;
  /** Resolves with what `serve` gave or with the reason for leaving; never rejects. */
  join(wait: Wait): Promise<Served | Departure>;
  /** Gives it to the next in line; to be called only while somebody waits. */
  serve(served: Served): void;
  /** Sends everyone away. */
  close(): void;
}

interface Waiter<Served> {
  readonly end: (result: Served | Departure) => void;
}

/** While both kinds wait, every eighth place is for batch: rare enough not to be felt, often enough to get through. */
const batchTurn = 8;

export function createWaitQueue<Served>(clock: Clock): WaitQueue<Served> {
  const lines = { interactive: new Set<Waiter<Served>>(), batch: new Set<Waiter<Served>>() };
  let servedInARow = 0;

  const size = (priority?: Priority): number =>
    priority === undefined ? lines.interactive.size + lines.batch.size : lines[priority].size;

  function nextLine(): Priority {
    if (lines.batch.size === 0) return 'interactive';
    if (lines.interactive.size === 0) return 'batch';
    return servedInARow >= batchTurn - 1 ? 'batch' : 'interactive';
  }

  return {
    size,
    join: ({ priority, waitMs, signal }) =>
      new Promise((resolve) => {
        const line = lines[priority];
        const waiter: Waiter<Served> = {
          end(result) {
            line.delete(waiter);
            cancelTimer();
            signal.removeEventListener('abort', onAbort);
            resolve(result);
          },
        };
        const onAbort = (): void => waiter.end('aborted');
        const cancelTimer = clock.after(waitMs, () => waiter.end('expired'));
        signal.addEventListener('abort', onAbort, { once: true });
        line.add(waiter);
      }),
    serve(served) {
      const priority = nextLine();
      const [first] = lines[priority];
      if (first === undefined) throw new Error('Nobody waits.');
      servedInARow = priority === 'batch' ? 0 : servedInARow + 1;
      first.end(served);
    },
    close() {
      for (const line of Object.values(lines)) {
        for (const waiter of line) waiter.end('closed');
      }
    },
  };
}
