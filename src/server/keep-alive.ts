import type { WebSocket } from 'ws';
import type { Clock } from '../platform/clock.ts';

/** Shorter than the idle time after which usual proxies cut a connection: 60 seconds. */
const pingMs = 12_000;

/** Pings a client, and cuts it off when it has not answered before the next ping. The returned function stops it. */
export function keepAlive(socket: WebSocket, clock: Clock): () => void {
  let answered = true;
  let cancel = clock.after(pingMs, ping);
  function ping(): void {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
    cancel = clock.after(pingMs, ping);
  }
  socket.on('pong', () => {
    answered = true;
  });
  return () => cancel();
}
