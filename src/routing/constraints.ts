import type { Policy } from '../domain/policy.ts';
import type { Constraints } from '../domain/request.ts';

/** The stricter of the request's and the policy's limits. */
export function tightest(request: Constraints, policy: Policy): Constraints {
  const { constraints } = policy;
  return {
    ...smaller('maxCostNanoUsd', request, constraints),
    ...smaller('maxFirstTokenMs', request, constraints),
    ...smaller('maxLatencyMs', request, constraints),
    localOnly: request.localOnly === true || constraints.localOnly === true,
    capabilities: [...new Set([...(request.capabilities ?? []), ...(constraints.capabilities ?? [])])],
  };
}

function smaller(
  name: 'maxCostNanoUsd' | 'maxFirstTokenMs' | 'maxLatencyMs',
  request: Constraints,
  policy: Constraints,
): Constraints {
  const values = [request[name], policy[name]].filter((value) => value !== undefined);
  return values.length === 0 ? {} : { [name]: Math.min(...values) };
}
