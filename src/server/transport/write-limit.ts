import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';

/** Cuts off clients that do not take what is written. */
export interface WriteLimit {
  /** The time begins; the returned function says that the client has taken it. */
  (response: ServerResponse): () => void;
  /** For a response that has its last byte, and may have to wait for its client. */
  untilTaken(response: ServerResponse): void;
}

export interface WriteLimitOptions {
  readonly clock: Clock;
  /** Most time, in milliseconds, that a client takes for what is buffered for it. */
  readonly writeIdleMs: number;
}

/** A timer runs only while a write waits for its client: most are taken at once. */
export function createWriteLimit({ clock, writeIdleMs }: WriteLimitOptions): WriteLimit {
  // A reset, for a usual end would wait for the same client.
  const begin = (response: ServerResponse): (() => void) =>
    clock.after(writeIdleMs, () => response.socket?.resetAndDestroy());
  return Object.assign(begin, {
    untilTaken(response: ServerResponse): void {
      // Without a socket it waits for the answer before it on the same connection, not for the client.
      if (response.socket === null || response.socket.writableLength === 0) return;
      response.once('close', begin(response));
    },
  });
}
