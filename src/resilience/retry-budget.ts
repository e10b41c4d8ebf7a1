import { LRUCache } from 'lru-cache';

export interface RetryBudgetSettings {
  /** Most tokens a route holds, and what it begins with. */
  readonly capacity: number;
  /** Tokens for a retry. */
  readonly retryCost: number;
  /** Tokens for a retry after a timeout: the call before it has been dear to the deployment. */
  readonly timeoutRetryCost: number;
  /** Tokens that a success brings back. */
  readonly successRefund: number;
  /** Retries that each call earns, above 0 to 1; the share of retries in the long run. */
  readonly share: number;
  /** Most retries a route may have earned and not yet made, and what it begins with. */
  readonly reserve: number;
  /** Routes kept at a time; the one unused for longest begins anew. */
  readonly maxRoutes: number;
}

export const defaultRetryBudgetSettings: RetryBudgetSettings = {
  capacity: 100,
  retryCost: 5,
  timeoutRetryCost: 10,
  successRefund: 1,
  share: 0.1,
  reserve: 10,
  maxRoutes: 1000,
};

/** What one route may spend on retries. */
export interface RetryBudget {
  /** A call has come; its retries are no calls. */
  onCall(): void;
  /** An attempt has succeeded, the first or a retry. */
  onSuccess(): void;
  /** Pays for one retry after such an end; false where it cannot, and then nothing is paid. */
  tryWithdraw(after: 'failure' | 'timeout'): boolean;
}

export interface RetryBudgets {
  /** The budget of all calls that ask for this model. */
  of(route: string): RetryBudget;
}

/** Budgets by route, so that one model's failures do not use up the retries of the others. */
export function createRetryBudgets(settings: RetryBudgetSettings = defaultRetryBudgetSettings): RetryBudgets {
  const budgets = new LRUCache<string, RetryBudget>({ max: settings.maxRoutes });
  return {
    of(route) {
      const known = budgets.get(route);
      if (known !== undefined) return known;
      const budget = createRetryBudget(settings);
      budgets.set(route, budget);
      return budget;
    },
  };
}

/**
 * A retry must be paid for twice. The tokens are the retry quota of the AWS SDKs (standard retry mode): they run dry when everything
 * fails, and stay dry until something succeeds. Alone they would allow 11 retries for 100 calls where every second one fails, and
 * more where fewer do; so a retry must be earned as well, as in Finagle's RetryBudget: each call brings a share of one. That bounds
 * the attempts for n calls by n (1 + `share`) + `reserve`, whatever happens. Finagle's minimum of retries a second is left out: on
 * a quiet route it would break that bound.
 */
function createRetryBudget(settings: RetryBudgetSettings): RetryBudget {
  // Counted in calls, not in retries: sums of whole numbers stay exact.
  const callsPerRetry = 1 / settings.share;
  const mostCalls = settings.reserve * callsPerRetry;
  let tokens = settings.capacity;
  let calls = mostCalls;
  return {
    onCall() {
      calls = Math.min(mostCalls, calls + 1);
    },
    onSuccess() {
      tokens = Math.min(settings.capacity, tokens + settings.successRefund);
    },
    tryWithdraw(after) {
      const cost = after === 'timeout' ? settings.timeoutRetryCost : settings.retryCost;
      if (tokens < cost || calls < callsPerRetry) return false;
      tokens -= cost;
      calls -= callsPerRetry;
      return true;
    },
  };
}
