import { AdapterError } from '../../errors.ts';
import type { Sequence } from './sequence.ts';

/** What the queue must know of a call. */
export interface QueuedCall {
  /** How many parts may be made before the consumer allows more. */
  readonly credit: number;
}

export interface BegunCall<Call> {
  readonly call: Call;
  readonly sequence: Sequence;
}

export interface CallQueue<Call extends QueuedCall> {
  /** Throws `AdapterError('queue-full')` where one more call would have to wait too far behind. */
  ensureRoom(): void;
  add(call: Call): void;
  /** The call to work on now: of those with credit the one begun first, else the one that waits longest. */
  next(): BegunCall<Call> | undefined;
  has(call: Call): boolean;
  /** Whether the call was there. */
  remove(call: Call): boolean;
}

export interface CallQueueOptions<Call> {
  /** Calls that may wait besides those begun. */
  readonly maxQueue: number;
  readonly begin: (call: Call) => Sequence;
}

/** Begun calls whose consumers do not read keep their caches; this bounds the memory they hold. */
const maxBegun = 8;

/**
 * One call at a time, first come, first served. A call without credit is passed over, with its cache kept, so that a
 * consumer that does not read holds up nobody else.
 */
export function createCallQueue<Call extends QueuedCall>(options: CallQueueOptions<Call>): CallQueue<Call> {
  const waiting = new Set<Call>();
  const begun = new Map<Call, Sequence>();

  function firstRunnable(): BegunCall<Call> | undefined {
    for (const [call, sequence] of begun) if (call.credit > 0) return { call, sequence };
    return undefined;
  }

  function beginFirst(): BegunCall<Call> | undefined {
    const [call] = waiting;
    if (call === undefined || begun.size >= maxBegun) return undefined;
    waiting.delete(call);
    const sequence = options.begin(call);
    begun.set(call, sequence);
    return { call, sequence };
  }

  return {
    ensureRoom() {
      const startsAtOnce = waiting.size === 0 && begun.size < maxBegun && firstRunnable() === undefined;
      if (startsAtOnce || waiting.size < options.maxQueue) return;
      throw new AdapterError(
        'queue-full',
        `the model is busy and ${options.maxQueue} more requests are waiting, which is the limit`,
      );
    },
    add(call) {
      waiting.add(call);
    },
    next: () => firstRunnable() ?? beginFirst(),
    has: (call) => begun.has(call) || waiting.has(call),
    remove: (call) => waiting.delete(call) || begun.delete(call),
  };
}
