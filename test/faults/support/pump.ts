import type { Socket } from 'node:net';
import type { Clock } from '../../../src/platform/clock.ts';
import type { Toxics } from './fault.ts';

export interface Flow {
  readonly clock: Clock;
  /** The toxics now, waited for while the connection is in a black hole. */
  toxics(): Promise<Toxics>;
  /** So many bytes have gone on; `false` ends the flow. */
  passed(bytes: number): boolean;
}

/** Carries one direction of a connection, piece by piece, no faster than the receiver takes it. Rejects where a socket breaks. */
export async function pump(from: Socket, to: Socket, flow: Flow): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0) {
      const toxics = await flow.toxics();
      const piece = rest.subarray(0, pieceBytes(rest.length, toxics));
      rest = rest.subarray(piece.length);
      await holdBack(piece.length, toxics, flow.clock);
      await send(to, piece);
      if (!flow.passed(piece.length)) return;
    }
  }
  to.end();
}

function pieceBytes(available: number, { sliceBytes, sliceAtRandom, bytesPerSecond, cut }: Toxics): number {
  const slice = sliceAtRandom === undefined ? sliceBytes : 1 + Math.floor(sliceAtRandom() * 40);
  const perTenth = bytesPerSecond === undefined ? undefined : Math.max(1, Math.floor(bytesPerSecond / 10));
  return Math.min(available, slice ?? available, perTenth ?? available, cut?.afterBytes ?? available);
}

async function holdBack(
  bytes: number,
  { latencyMs = 0, bytesPerSecond, sliceBytes, sliceAtRandom }: Toxics,
  clock: Clock,
): Promise<void> {
  const delayMs = latencyMs + (bytesPerSecond === undefined ? 0 : (1000 * bytes) / bytesPerSecond);
  if (delayMs > 0) await pause(clock, delayMs);
  // Lets the slice leave on its own before the next one is written.
  else if ((sliceBytes ?? sliceAtRandom) !== undefined) await new Promise(setImmediate);
}

/** The time that a fault takes. */
function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}

async function send(to: Socket, piece: Uint8Array): Promise<void> {
  if (to.destroyed) throw new Error('the other side is gone');
  if (!to.write(piece)) await taken(to);
}

/** Resolves when the socket takes more, or is gone. Not `once`, which rejects where the socket breaks. */
export function taken(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}
