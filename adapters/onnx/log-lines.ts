import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A process that floods its stderr must not flood the log. */
const maxLines = 100;
const maxLineLength = 500;

/** Hands on the first lines of a stream, shortened; the rest is read and dropped, so that the writer is never held up. */
export function logLines(stream: Readable | null, log: (line: string) => void): void {
  if (stream === null) return;
  let lines = 0;
  createInterface({ input: stream }).on('line', (line) => {
    lines += 1;
    if (lines <= maxLines) log(line.slice(0, maxLineLength));
  });
}
