import type { CacheMode, CacheOptions } from '../domain/request.ts';
import type { Clock } from '../platform/clock.ts';
import { isStorable, type CachedAnswer } from './cached-answer.ts';
import { createFlights, type Flight, type Patience } from './flights.ts';
import { createMemoryStore } from './memory-store.ts';

export interface CacheRequest extends Patience {
  readonly key: string;
  readonly options: CacheOptions;
}

/** The right to answer a request, and to let equal ones have the answer. */
export interface CacheLease {
  /** Keeps a whole answer, if it is one that may be given again. */
  store(answer: CachedAnswer): Promise<void>;
  /** Lets the next equal request try; does nothing after `store`. Must be called in the end. */
  release(): void;
}

export type CacheLookup =
  | { readonly type: 'hit'; readonly entry: CachedAnswer; readonly ageSeconds: number }
  | { readonly type: 'miss'; readonly lease: CacheLease };

/** Answers given before, for requests that are equal in everything that matters. */
export interface ResponseCache {
  /**
   * Finds an answer, or gives the right to make one. Equal requests at once make one answer: the others wait for it,
   * as long as their patience lasts. Never rejects.
   */
  acquire(request: CacheRequest): Promise<CacheLookup>;
  close(): Promise<void>;
}

export interface ResponseCacheOptions {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly clock: Clock;
}

interface StoredAnswer extends CachedAnswer {
  /** Wall clock, since a store may be shared and outlive the process. */
  readonly storedAtMs: number;
  readonly ttlSeconds: number;
}

export function createResponseCache({ maxBytes, maxEntries, clock }: ResponseCacheOptions): ResponseCache {
  const stored = createMemoryStore<StoredAnswer>({ maxBytes, maxEntries });
  const flights = createFlights<StoredAnswer>(clock);

  return {
    async acquire({ key, options, ...patience }) {
      const { reads, writes } = modes[options.mode];
      if (!writes) {
        const entry = reads ? await stored.get(key) : undefined;
        return hit(entry, options) ?? { type: 'miss', lease: idleLease };
      }
      if (!reads) return { type: 'miss', lease: lease(key, options, flights.begin(key)) };
      const boarding = await flights.board(key, patience);
      if (boarding.type === 'landed') {
        return (
          hit(boarding.value, options) ?? { type: 'miss', lease: lease(key, options, flights.begin(key)) }
        );
      }
      // Equal requests wait already while the store is asked, or one that came in between would miss what the store has by then.
      const entry = await stored.get(key);
      const found = hit(entry, options);
      if (entry !== undefined && found !== undefined) boarding.flight.land(entry);
      return found ?? { type: 'miss', lease: lease(key, options, boarding.flight) };
    },
    close: () => stored.disconnect(),
  };

  /** Who asks may want a fresher answer than who stored it. */
  function hit(entry: StoredAnswer | undefined, { ttlSeconds }: CacheOptions): CacheLookup | undefined {
    if (entry === undefined) return undefined;
    const ageSeconds = Math.max(0, clock.wallMs() - entry.storedAtMs) / 1000;
    if (ageSeconds >= Math.min(entry.ttlSeconds, ttlSeconds)) return undefined;
    return { type: 'hit', entry, ageSeconds };
  }

  function lease(key: string, { ttlSeconds }: CacheOptions, flight: Flight<StoredAnswer>): CacheLease {
    return {
      async store(answer) {
        if (!isStorable(answer)) return;
        const entry = { ...answer, storedAtMs: clock.wallMs(), ttlSeconds };
        await stored.set(key, entry, ttlSeconds * 1000);
        flight.land(entry);
      },
      release: () => flight.abandon(),
    };
  }
}

const modes: Readonly<Record<CacheMode, { readonly reads: boolean; readonly writes: boolean }>> = {
  'read-write': { reads: true, writes: true },
  'read-only': { reads: true, writes: false },
  'write-only': { reads: false, writes: true },
  off: { reads: false, writes: false },
};

const idleLease: CacheLease = { store: () => Promise.resolve(), release: () => undefined };
