import type { Socket } from 'node:net';

/** Calls `leave` once when the socket closes; the returned function takes that back. */
export type WatchDepartures = (socket: Socket, leave: () => void) => () => void;

/**
 * Tells who waits for an answer that nobody is there any more. One listener a socket, however many requests come over it; the response's
 * own event does not come to those that wait behind another answer.
 */
export function createDepartures(): WatchDepartures {
  const waiting = new WeakMap<Socket, Set<() => void>>();

  function watch(socket: Socket): Set<() => void> {
    const callbacks = new Set<() => void>();
    waiting.set(socket, callbacks);
    socket.once('close', () => {
      for (const leave of callbacks) leave();
      callbacks.clear();
    });
    return callbacks;
  }

  return (socket, leave) => {
    const callbacks = waiting.get(socket) ?? watch(socket);
    callbacks.add(leave);
    return () => {
      callbacks.delete(leave);
    };
  };
}
