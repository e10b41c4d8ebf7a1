import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import { plainDataBytes } from './plain-data-bytes.ts';

export interface MemoryStoreOptions {
  /** 0 keeps none. */
  readonly maxBytes: number;
  /** 0 keeps none. */
  readonly maxEntries: number;
}

/** A Keyv in this process that drops what was used least recently when it is full. */
export function createMemoryStore<Value extends object>(options: MemoryStoreOptions): Keyv<Value> {
  // Values stay as they are: nothing leaves the process, and readers get them read-only.
  return new Keyv<Value>({ store: bounded(options), serialization: false });
}

/** What Keyv asks of a map. It hands over the time of expiry as a third argument, which LRUCache would take for options. */
function bounded({ maxBytes, maxEntries }: MemoryStoreOptions) {
  if (maxBytes === 0 || maxEntries === 0) return nothing;
  const entries = new LRUCache<string, object>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => plainDataBytes(entry) + plainDataBytes(key),
  });
  return {
    get: (key: string) => entries.get(key),
    set: (key: string, entry: object) => entries.set(key, entry),
    delete: (key: string) => entries.delete(key),
    has: (key: string) => entries.has(key),
    clear: () => entries.clear(),
    keys: () => entries.keys(),
  };
}

const nothing = {
  get: () => undefined,
  set: () => undefined,
  delete: () => false,
  has: () => false,
  clear: () => undefined,
  keys: () => [].values(),
};
