import type { Clock } from '../platform/clock.ts';

/** Work on one key that others may wait for. */
export interface Flight<Value> {
  /** The work is done: everybody who waits gets the value. */
  land(value: Value): void;
  /** The work will not be done: the first who waits takes over. Does nothing after `land`. */
  abandon(): void;
}

export interface Patience {
  readonly signal: AbortSignal;
  /** Longest time to wait, in milliseconds. */
  readonly waitMs: number;
}

export type Boarding<Value> =
  | { readonly type: 'landed'; readonly value: Value }
  /** The work is the caller's to do. */
  | { readonly type: 'yours'; readonly flight: Flight<Value> };

/** Lets equal work be done once at a time. */
export interface Flights<Value> {
  /** Starts work on a key beside any that is under way; from now on others wait for this one. */
  begin(key: string): Flight<Value>;
  /** Waits for the work on a key; starts it where there is none any more, or once patience has run out. */
  board(key: string, patience: Patience): Promise<Boarding<Value>>;
}

type Landing<Value> = { readonly value: Value } | 'abandoned';

export function createFlights<Value>(clock: Clock): Flights<Value> {
  const underWay = new Map<string, Promise<Landing<Value>>>();

  function begin(key: string): Flight<Value> {
    const { promise, resolve } = Promise.withResolvers<Landing<Value>>();
    underWay.set(key, promise);
    const end = (landing: Landing<Value>): void => {
      if (underWay.get(key) === promise) underWay.delete(key);
      resolve(landing);
    };
    return { land: (value) => end({ value }), abandon: () => end('abandoned') };
  }

  return {
    begin,
    async board(key, { signal, waitMs }) {
      const untilMs = clock.monotonicMs() + waitMs;
      // Looking and beginning happen without a pause between them, or two would begin.
      for (let flight = underWay.get(key); flight !== undefined; flight = underWay.get(key)) {
        const patience = { signal, waitMs: untilMs - clock.monotonicMs() };
        const landing = await orImpatient(flight, patience, clock);
        if (landing === undefined) break;
        if (landing !== 'abandoned') return { type: 'landed', ...landing };
      }
      return { type: 'yours', flight: begin(key) };
    },
  };
}

/** `undefined` once the caller has left or the time is over. */
async function orImpatient<Value>(
  work: Promise<Value>,
  { signal, waitMs }: Patience,
  clock: Clock,
): Promise<Value | undefined> {
  if (signal.aborted || waitMs <= 0) return undefined;
  const { promise: impatient, resolve } = Promise.withResolvers<undefined>();
  const giveUp = (): void => resolve(undefined);
  signal.addEventListener('abort', giveUp, { once: true });
  const cancel = clock.after(waitMs, giveUp);
  try {
    return await Promise.race([work, impatient]);
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}
