/** What happens to the bytes of a connection that does reach the provider. The names are those of toxiproxy where it has one. */
export interface Toxics {
  readonly type: 'pass';
  /** Each piece of the answer is held back that long. @default 0 */
  readonly latencyMs?: number;
  /** The answer goes on in pieces of at most so many bytes. @default as it came */
  readonly sliceBytes?: number;
  /** Pieces of random lengths, from 1 byte up. Goes before `sliceBytes`. */
  readonly sliceAtRandom?: () => number;
  /** Most bytes of the answer in a second. @default no limit */
  readonly bytesPerSecond?: number;
  /** The connection ends once so many bytes of answers have passed since the fault was set. */
  readonly cut?: { readonly afterBytes: number; readonly by: Ending };
}

/** Ends a TCP connection with FIN, as if all were well, or with RST. */
export type Ending = 'fin' | 'rst';

export type Fault =
  | Toxics
  /** Accepts and says nothing; what has begun stands still. Ends with the next fault. */
  | { readonly type: 'black-hole' }
  /** RST to whoever connects. */
  | { readonly type: 'reset' }
  /** Instead of the provider answers something that sends headers, or one line of a stream, and never ends it. */
  | { readonly type: 'endless-headers' }
  | { readonly type: 'endless-line' };

export const healthy: Toxics = { type: 'pass' };

/** The first bytes of a false answer, and what then comes again and again. */
export const endlessAnswers = {
  'endless-headers': { first: 'HTTP/1.1 200 OK\r\n', again: `x-padding: ${'a'.repeat(1000)}\r\n` },
  'endless-line': {
    first:
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {"choices":[{"delta":{"content":"',
    again: 'a'.repeat(16_384),
  },
} as const;
