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
  const flights = createFlights<CachedAnswer>(clock);

  async function find({ key, options }: CacheRequest): Promise<CacheLookup | undefined> {
    const entry = await stored.get(key);
    if (entry === undefined) return undefined;
    const ageSeconds = Math.max(0, clock.wallMs() - entry.storedAtMs) / 1000;
    // Who asks may want a fresher answer than who stored it.
    if (ageSeconds >= Math.min(entry.ttlSeconds, options.ttlSeconds)) return undefined;
    return { type: 'hit', entry, ageSeconds };
  }

  function lease({ key, options: { ttlSeconds } }: CacheRequest, flight: Flight<CachedAnswer>): CacheLease {
    return {
      async store(answer) {
        if (!isStorable(answer)) return;
        await stored.set(key, { ...answer, storedAtMs: clock.wallMs(), ttlSeconds }, ttlSeconds * 1000);
        flight.land(answer);
      },
      release: () => flight.abandon(),
    };
  }

  return {
    async acquire(request) {
      const { reads, writes } = modes[request.options.mode];
      const found = reads ? await find(request) : undefined;
      if (found !== undefined) return found;
      if (!writes) return { type: 'miss', lease: idleLease };
      if (!reads) return { type: 'miss', lease: lease(request, flights.begin(request.key)) };
      const boarding = await flights.board(request.key, request);
      if (boarding.type === 'landed') return { type: 'hit', entry: boarding.value, ageSeconds: 0 };
      return { type: 'miss', lease: lease(request, boarding.flight) };
    },
    close: () => stored.disconnect(),
  };
}

const modes: Readonly<Record<CacheMode, { readonly reads: boolean; readonly writes: boolean }>> = {
  'read-write': { reads: true, writes: true },
  'read-only': { reads: true, writes: false },
  'write-only': { reads: false, writes: true },
  off: { reads: false, writes: false },
};

const idleLease: CacheLease = { store: () => Promise.resolve(), release: () => undefined };
