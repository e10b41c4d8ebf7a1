import type { Candidate, Plan, Rejection } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import type { GenerationRequest } from '../domain/request.ts';
import { estimateCost, estimateInputTokens, estimateLatency } from './estimate.ts';
import { refusal } from './limits.ts';
import { tightest } from './requirements.ts';
import { scoreOf, scoreTerms } from './score.ts';
import type { RoutingSignals } from './signals.ts';

/**
 * Which deployments can serve a request, best first, and why the others cannot. A pure function: the same request, signals and policy
 * give the same plan. Limits are hard: a deployment that is expected to break one is rejected, whatever its score.
 */
export function plan(request: GenerationRequest, signals: RoutingSignals, policy: Policy): Plan {
  const constraints = tightest(request.constraints, policy);
  const input = estimateInputTokens(request.messages);
  const candidates: Omit<Candidate, 'rank'>[] = [];
  const rejected: Rejection[] = [];

  for (const signal of signals.deployments) {
    const { deployment } = signal;
    const cost = estimateCost(signal, request, input);
    const latency = estimateLatency(signal, request);
    const refused = refusal({ signal, request, constraints, input, cost, latency, nowMs: signals.nowMs });
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
