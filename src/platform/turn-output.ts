import pino from 'pino';
import { atTurnEnd } from './turn-end.ts';

export interface Output {
  write(text: string): void;
}

/**
 * Standard output, with one system call for all that is written in one turn of the event loop. Nothing is kept longer, and the end of the
 * process writes what is left: a crash loses nothing, and a signal that no process can catch takes no more than that turn along.
 */
export function standardOutput(): Output {
  const file = pino.destination({ fd: 1, sync: true });
  const output = collectingOutput(file);
  process.once('exit', output.flush);
  return output;
}

export interface CollectingOutput extends Output {
  flush(this: void): void;
}

export function collectingOutput(output: Output): CollectingOutput {
  let pending = '';
  const flush = (): void => {
    const text = pending;
    pending = '';
    if (text !== '') output.write(text);
  };
  return {
    write(text) {
      if (pending === '') atTurnEnd(flush);
      pending += text;
    },
    flush,
  };
}
