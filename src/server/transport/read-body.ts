import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly type: 'whole'; readonly text: string }
  | { readonly type: 'too-large' }
  /** The client left before its end. */
  | { readonly type: 'broken-off' };

/** Reads a body as UTF-8. One that is too large is left where it is as soon as that is known, be it declared or not. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    function onData(chunk: Buffer): void {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxBytes) return;
      request.off('data', onData);
      request.pause();
      resolve({ type: 'too-large' });
    }
    request.on('data', onData);
    request.on('end', () => resolve({ type: 'whole', text: textOf(chunks, bytes) }));
    // Comes after `end` as well, where it changes nothing.
    request.on('close', () => resolve({ type: 'broken-off' }));
  });
}

const tooLarge: Promise<Body> = Promise.resolve({ type: 'too-large' });

function textOf(chunks: readonly Buffer[], bytes: number): string {
  const [first, ...more] = chunks;
  if (first === undefined) return '';
  // Put together first: a character may stand across two chunks.
  return (more.length === 0 ? first : Buffer.concat(chunks, bytes)).toString();
}
