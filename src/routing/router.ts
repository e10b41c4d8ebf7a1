import type { Candidate, Plan, Rejection } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import { tightest } from './constraints.ts';
import { estimateCost, estimateLatency } from './estimate.ts';
import { refusal } from './limits.ts';
import { scoreOf, scoreTerms } from './score.ts';
import type { RoutingSignals } from './signals.ts';
import type { Wish } from './wish.ts';

/**
 * Which deployments can serve a request, best first, and why the others cannot. A pure function: the same wish, signals and policy
 * give the same plan. Limits are hard: a deployment that is expected to break one is rejected, whatever its score.
 */
export function plan(request: Wish, signals: RoutingSignals, policy: Policy): Plan {
  const wish = { ...request, constraints: tightest(request.constraints, policy) };
  const candidates: Omit<Candidate, 'rank'>[] = [];
  const rejected: Rejection[] = [];

  for (const signal of signals.deployments) {
    const { deployment } = signal;
    const cost = estimateCost(signal, wish);
    const latency = estimateLatency(signal, wish);
    const refused = refusal({ signal, wish, cost, latency, nowMs: signals.nowMs });
    if (refused !== undefined) {
      rejected.push({ deployment, ...refused });
      continue;
    }
    const { quality } = deployment;
    const terms = scoreTerms(
      { costNanoUsd: cost.expectedNanoUsd, totalMs: latency.totalMs, quality },
      policy,
    );
    candidates.push({ deployment, score: scoreOf(terms), terms, cost, latency, quality });
  }

  return { policy: policy.name, candidates: candidates.sort(bestFirst).map(ranked), rejected };
}

/** Equal scores fall back to the name, so that a plan never depends on the order of the catalogue. */
function bestFirst(left: Omit<Candidate, 'rank'>, right: Omit<Candidate, 'rank'>): number {
  return right.score - left.score || left.deployment.name.localeCompare(right.deployment.name);
}

function ranked(candidate: Omit<Candidate, 'rank'>, index: number): Candidate {
  return { ...candidate, rank: index + 1 };
}
