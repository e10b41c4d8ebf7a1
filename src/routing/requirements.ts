import type { Capability } from '../../adapters/contract.ts';
import type { Policy } from '../domain/policy.ts';
import type { Constraints, GenerationRequest } from '../domain/request.ts';

/** What a model must be able to do for this request: what the caller names and what the request itself uses. */
export function requiredCapabilities(
  request: GenerationRequest,
  constraints: Constraints,
): readonly Capability[] {
  const required = new Set<Capability>(['text', ...(constraints.capabilities ?? [])]);
  if (request.messages.some((message) => message.content.some((part) => part.type === 'image'))) {
    required.add('images');
  }
  if ((request.tools ?? []).length > 0) required.add('tools');
  if (request.responseFormat?.type === 'json') required.add('json');
  if (request.responseFormat?.type === 'json-schema') required.add('json-schema');
  return [...required];
}

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
