import type { Deadlines } from './request.ts';

/** When a second deployment is asked beside one that stays silent. */
export interface Hedge {
  /** Silence after which it is asked: so many milliseconds, or the 95th percentile of the first deployment's times to its first token. */
  readonly after: number | 'p95';
  /** Most hedges among all calls of a route, above 0 to 1. */
  readonly maxShare: number;
}

/** How a request goes about failures. */
export interface Tactics {
  /** Of each attempt. */
  readonly deadlines: Deadlines;
  /** Most calls to models for one request: first tries, retries, fallbacks and hedges. */
  readonly maxAttempts: number;
  /** Most further calls to a deployment that has failed the request, once no other is left to try. */
  readonly retries: number;
  readonly hedge: Hedge | undefined;
}

/** One retry, as resilience literature has it: more multiply the load of whoever is down already. */
export const defaultTactics: Tactics = { deadlines: {}, maxAttempts: 4, retries: 1, hedge: undefined };

/** Of two lists of deadlines the shorter ones. */
export function shortest(left: Deadlines, right: Deadlines): Deadlines {
  return {
    ...shorter('connectMs', left, right),
    ...shorter('firstTokenMs', left, right),
    ...shorter('idleMs', left, right),
  };
}

function shorter(name: keyof Deadlines, left: Deadlines, right: Deadlines): Deadlines {
  const limitMs = Math.min(left[name] ?? Infinity, right[name] ?? Infinity);
  return Number.isFinite(limitMs) ? { [name]: limitMs } : {};
}
