import type { FailureFacts } from './call-result.ts';

/** A call that counted against its deployment. */
export interface CallFailure extends FailureFacts {
  /** Wall clock, when it ended. */
  readonly atMs: number;
}

export interface RecentFailures {
  add(failure: CallFailure): void;
  /** The newest first. */
  list(): readonly CallFailure[];
}

/** Remembers the last `limit` failures. */
export function createRecentFailures(limit: number): RecentFailures {
  let failures: readonly CallFailure[] = [];
  return {
    add(failure) {
      failures = [failure, ...failures].slice(0, limit);
    },
    list: () => failures,
  };
}
