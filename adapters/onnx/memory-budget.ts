import type { LocalResident, MemoryLease } from '../local-contract.ts';

/** Memory that models reserve before they are loaded. What is reserved never exceeds it. */
export interface MemoryBudget {
  reservedBytes(): number;
  /** Whether the resident would get so much without waiting for a call to end. */
  fits(bytes: number, resident: LocalResident): boolean;
  /** See `LocalShare.reserve`. */
  reserve(bytes: number, resident: LocalResident, signal: AbortSignal): Promise<MemoryLease>;
  /** Looks whether who waits can have memory now, because a resident has become idle. */
  settle(): void;
}

interface Lease {
  readonly resident: LocalResident;
  readonly bytes: number;
  /** Its holder has been asked to leave. */
  leaving: boolean;
}

interface Waiter {
  readonly resident: LocalResident;
  readonly bytes: number;
  readonly granted: PromiseWithResolvers<MemoryLease>;
}

export function createMemoryBudget(totalBytes: number): MemoryBudget {
  return new Budget(totalBytes);
}

class Budget implements MemoryBudget {
  readonly #totalBytes: number;
  readonly #leases = new Set<Lease>();
  /** First come, first served: a small model does not pass a large one again and again. */
  readonly #waiting: Waiter[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  reservedBytes(): number {
    return sumBytes([...this.#leases]);
  }

  fits(bytes: number, resident: LocalResident): boolean {
    return this.#waiting.length === 0 && this.#leavers(bytes, resident) !== undefined;
  }

  async reserve(bytes: number, resident: LocalResident, signal: AbortSignal): Promise<MemoryLease> {
    if (bytes > this.#totalBytes) throw new Error(`${bytes} bytes can never be had of ${this.#totalBytes}`);
    signal.throwIfAborted();
    const waiter: Waiter = { resident, bytes, granted: Promise.withResolvers<MemoryLease>() };
    const onAbort = (): void => this.#giveUp(waiter, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(waiter);
    this.settle();
    try {
      return await waiter.granted.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  settle(): void {
    let [first] = this.#waiting;
    while (first !== undefined && first.bytes <= this.#freeBytes()) {
      this.#waiting.shift();
      first.granted.resolve(this.#lend(first));
      [first] = this.#waiting;
    }
    if (first === undefined) return;
    // Nobody leaves in vain: where all idle ones together are not enough, they stay.
    const leavers = this.#leavers(first.bytes, first.resident) ?? [];
    for (const lease of leavers) lease.leaving = true;
    for (const resident of new Set(leavers.map((lease) => lease.resident))) resident.leave();
  }

  /** Those who have to go for the resident, the least recently used first; `undefined` where not enough of them can. */
  #leavers(bytes: number, resident: LocalResident): readonly Lease[] | undefined {
    const leases = [...this.#leases];
    let missing = bytes - this.#freeBytes() - sumBytes(leases.filter((lease) => lease.leaving));
    const idle = leases
      .filter((lease) => lease.resident !== resident && !lease.leaving && lease.resident.idle())
      .sort((one, other) => one.resident.lastUsedMs() - other.resident.lastUsedMs());
    const leavers: Lease[] = [];
    for (const lease of idle) {
      if (missing <= 0) break;
      leavers.push(lease);
      missing -= lease.bytes;
    }
    return missing <= 0 ? leavers : undefined;
  }

  #freeBytes(): number {
    return this.#totalBytes - this.reservedBytes();
  }

  #lend({ resident, bytes }: Waiter): MemoryLease {
    const lease: Lease = { resident, bytes, leaving: false };
    this.#leases.add(lease);
    return {
      bytes,
      release: () => {
        if (this.#leases.delete(lease)) this.settle();
      },
    };
  }

  #giveUp(waiter: Waiter, reason: unknown): void {
    const index = this.#waiting.indexOf(waiter);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    waiter.granted.reject(reason);
    this.settle();
  }
}

function sumBytes(leases: readonly Lease[]): number {
  return leases.reduce((sum, { bytes }) => sum + bytes, 0);
}
