import type { Deployment } from '../domain/deployment.ts';
import type { Outcome } from '../domain/outcome.ts';

/** What spans and metrics both say about a finished generation. */
export interface OutcomeFacts {
  /** `cancelled`: the client left, which is nobody's error. */
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly problemCode: FailedResult['problem']['code'] | undefined;
  /** Who gave the answer, or had given the one in the cache. */
  readonly servedBy: Deployment | undefined;
  /** `undefined` where the cache was not asked. */
  readonly cacheResult: 'hit' | 'miss' | undefined;
  /** `undefined` without an answer. */
  readonly costUsd: number | undefined;
}

type FailedResult = Extract<Outcome['result'], { readonly type: 'failed' }>;

const nanoUsdPerUsd = 1_000_000_000;

export function factsOf(outcome: Outcome): OutcomeFacts {
  const { result } = outcome;
  const cacheResult = cacheResultOf(outcome);
  if (result.type === 'completed') {
    const { deployment, cost } = result.generation;
    const costUsd = cost.nanoUsd / nanoUsdPerUsd;
    return { state: 'completed', problemCode: undefined, servedBy: deployment, cacheResult, costUsd };
  }
  const { code } = result.problem;
  const state = code === 'CANCELLED' ? 'cancelled' : 'failed';
  return { state, problemCode: code, servedBy: undefined, cacheResult, costUsd: undefined };
}

/** Without a candidate the cache is not asked. */
function cacheResultOf({ request, plan, cache }: Outcome): OutcomeFacts['cacheResult'] {
  const { mode } = request.cache;
  const asked = (mode === 'read-write' || mode === 'read-only') && (plan?.candidates.length ?? 0) > 0;
  if (!asked) return undefined;
  return cache.hit ? 'hit' : 'miss';
}
