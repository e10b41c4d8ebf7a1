import type { ServerResponse } from 'node:http';
import { createChunkWriter } from './chunk-writer.ts';
import { atTurnEnd } from '../../platform/turn-end.ts';
import type { WriteLimit } from './write-limit.ts';

/** Writes a body of which more comes and comes. */
export interface TurnWriter {
  write(text: string): void;
  /** Pending while the client is behind; `undefined` while more may be written at once. */
  behind(): Promise<void> | undefined;
  /** Whether all that was written has been handed to the socket, which takes more. */
  idle(): boolean;
  /** Writes the last of it. */
  end(text: string): void;
  /** Nothing is to be written any more. */
  stop(): void;
}

/** Most characters of one write. A source that never waits for anything would not let the loop turn before all of it was there. */
const maxTurnLength = 65_536;

/** Joins all that is written in one turn of the event loop into one write, and so into one system call. */
export function createTurnWriter(response: ServerResponse, limit: WriteLimit): TurnWriter {
  const writeChunk = createChunkWriter(response);
  let pending = '';
  let stalling: NodeJS.Immediate | undefined;
  let waiting: PromiseWithResolvers<void> | undefined;
  let taken: (() => void) | undefined;

  function flush(): void {
    // It has ended meanwhile.
    if (pending === '') return;
    const text = pending;
    pending = '';
    if (writeChunk(text)) return goOn();
    waiting ??= Promise.withResolvers();
    if (stalling !== undefined) return;
    response.socket?.once('drain', goOn);
    // Most often the socket takes it within the turn all the same.
    stalling = setImmediate(() => {
      taken ??= limit(response);
    });
  }

  function goOn(): void {
    if (stalling !== undefined) {
      clearImmediate(stalling);
      stalling = undefined;
      response.socket?.off('drain', goOn);
    }
    taken?.();
    taken = undefined;
    waiting?.resolve();
    waiting = undefined;
  }

  function stop(): void {
    response.off('drain', goOn);
    pending = '';
    goOn();
  }

  response.on('drain', goOn);
  return {
    write(text) {
      if (pending === '') atTurnEnd(flush);
      pending += text;
      if (pending.length >= maxTurnLength) waiting ??= Promise.withResolvers();
    },
    behind: () => waiting?.promise,
    idle: () => pending === '' && waiting === undefined,
    end(text) {
      const last = pending + text;
      stop();
      response.end(last);
      limit.untilTaken(response);
    },
    stop,
  };
}
