import type { Candidate, Plan, Rejection } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import { defaultTactics } from '../domain/tactics.ts';
import { tightest } from './constraints.ts';
import { estimateCost, estimateLatency } from './estimate.ts';
import { refusal, type Considered } from './limits.ts';
import { scoreOf, scoreTerms } from './score.ts';
import type { RoutingSignals } from './signals.ts';
import type { Wish } from './wish.ts';

/**
 * Which deployments can serve a request, best first, and why the others cannot. A pure function: the same wish, signals and policy
 * give the same plan. Limits are hard: a deployment that is expected to break one is rejected, whatever its score. Only an open
 * breaker gives way, where nothing else is left: see `Plan.panic`.
 */
export function plan(request: Wish, signals: RoutingSignals, policy: Policy): Plan {
  const wish = { ...request, constraints: tightest(request.constraints, policy) };
  const able: Considered[] = [];
  const refusals: Refused[] = [];

  for (const signal of signals.deployments) {
    const cost = estimateCost(signal, wish);
    const latency = estimateLatency(signal, wish);
    const considered = { signal, wish, cost, latency, nowMs: signals.nowMs };
    const refused = refusal(considered);
    if (refused === undefined) able.push(considered);
    else refusals.push({ considered, rejection: { deployment: signal.deployment, ...refused } });
  }

  const open = able.length > 0 ? [] : refusals.filter(isOnlyOpen).sort(soonestFirst);
  const candidates =
    open.length > 0
      ? open.map(({ considered }) => scored(considered, policy))
      : able.map((considered) => scored(considered, policy)).sort(bestFirst);
  return {
    policy: policy.name,
    candidates: candidates.map(ranked),
    rejected: refusals.filter((each) => !open.includes(each)).map(({ rejection }) => rejection),
    panic: open.length > 0,
    maxAttempts: (policy.tactics ?? defaultTactics).maxAttempts,
  };
}

type Unranked = Omit<Candidate, 'rank'>;

interface Refused {
  readonly considered: Considered;
  readonly rejection: Rejection;
}

/** Refused for its breaker alone, which no operator holds: the breaker is the last limit that is looked at. */
function isOnlyOpen({ considered, rejection }: Refused): boolean {
  return rejection.code === 'BREAKER_OPEN' && considered.signal.availability.type === 'breaker-open';
}

function soonestFirst(left: Refused, right: Refused): number {
  return retryAtMs(left) - retryAtMs(right) || byName(left.rejection, right.rejection);
}

function retryAtMs({ considered: { signal, nowMs } }: Refused): number {
  const { availability } = signal;
  return availability.type === 'breaker-open' ? (availability.retryAtMs ?? nowMs) : nowMs;
}

function scored({ signal: { deployment }, cost, latency }: Considered, policy: Policy): Unranked {
  const { quality } = deployment;
  const terms = scoreTerms({ costNanoUsd: cost.expectedNanoUsd, totalMs: latency.totalMs, quality }, policy);
  return { deployment, score: scoreOf(terms), terms, cost, latency, quality };
}

/** Equal scores fall back to the name, so that a plan never depends on the order of the catalogue. */
function bestFirst(left: Unranked, right: Unranked): number {
  return right.score - left.score || byName(left, right);
}

function byName(left: Pick<Candidate, 'deployment'>, right: Pick<Candidate, 'deployment'>): number {
  return left.deployment.name.localeCompare(right.deployment.name);
}

function ranked(candidate: Unranked, index: number): Candidate {
  return { ...candidate, rank: index + 1 };
}
