import type { Allowance } from './event-buffer.ts';

/** What one stream may take of its tenant's memory: its share for certain, more while there is more. */
export interface Loan extends Allowance {
  /** The stream has ended: what it has not used of its share is free for others. */
  settle(): void;
}

export interface TenantMemoryOptions {
  readonly maxBytes: number;
  /** Kept free for each stream until it has ended, in bytes. */
  readonly shareBytes: number;
  /** Forgets a stream that can be spared; false where there is none. */
  readonly forgetOne: () => boolean;
}

/** The memory of the streams of one tenant. In all never more than `maxBytes` is lent. */
export interface TenantMemory {
  /** `undefined` where there is no share left. */
  lend(): Loan | undefined;
  lentBytes(): number;
}

export function createTenantMemory({ maxBytes, shareBytes, forgetOne }: TenantMemoryOptions): TenantMemory {
  let lent = 0;

  function reserve(bytes: number): boolean {
    if (lent + bytes > maxBytes) return forgetOne() && reserve(bytes);
    lent += bytes;
    return true;
  }

  return {
    lentBytes: () => lent,
    lend() {
      if (!reserve(shareBytes)) return undefined;
      let share = shareBytes;
      let used = 0;
      const size = (): number => Math.max(share, used);
      return {
        take(bytes) {
          if (!reserve(Math.max(share, used + bytes) - size())) return false;
          used += bytes;
          return true;
        },
        giveBack(bytes) {
          lent -= size();
          used -= bytes;
          lent += size();
        },
        settle() {
          lent -= size();
          share = 0;
          lent += size();
        },
      };
    },
  };
}
