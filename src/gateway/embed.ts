import type { EmbedResult } from '../../adapters/contract.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Cost } from '../domain/outcome.ts';
import type { Policy } from '../domain/policy.ts';
import type { EmbedRequest } from '../domain/request.ts';
import type { Result } from '../domain/result.ts';
import { defaultTactics } from '../domain/tactics.ts';
import { follow } from '../platform/follow.ts';
import { anyModel } from '../registry/catalog.ts';
import { executeEmbed } from '../resilience/execute-embed.ts';
import { plan } from '../routing/router.ts';
import { embeddingWish } from '../routing/wish.ts';
import { admit } from './admit.ts';
import { embeddingCost } from './cost.ts';
import type { RequestPath } from './gateway.ts';
import { problemOf, RequestProblem, unplannable } from './problems.ts';
import type { Caller } from './resolve.ts';

export interface Embeddings extends EmbedResult {
  readonly deployment: Deployment;
  readonly attempts: readonly Attempt[];
  readonly cost: Cost;
}

export interface ResolvedEmbedRequest {
  readonly request: EmbedRequest;
  readonly policy: Policy;
  readonly model: string | undefined;
  readonly caller: Caller;
}

/** The path of an embedding request: the same plan, gates and fallbacks as for an answer, without a stream. */
export async function embed(
  { fleet, resilience, shutdown, telemetry }: RequestPath,
  { request, policy, model, caller }: ResolvedEmbedRequest,
): Promise<Result<Embeddings>> {
  const { signal, release } = follow(caller.signal, shutdown);
  try {
    admit(request.priority, resilience.environment);
    const route = plan(embeddingWish(request), fleet.signals(model), policy);
    if (route.candidates.length === 0) throw new RequestProblem(unplannable(route, 'input.texts'));
    const { attempt, attempts, finish } = await executeEmbed({
      environment: resilience.environment,
      targets: route.candidates.map((candidate) => fleet.live(candidate.deployment.name)),
      panic: route.panic,
      call: { texts: request.texts },
      signal,
      timeoutMs: request.timeoutMs,
      tactics: policy.tactics ?? defaultTactics,
      deadlines: request.deadlines,
      priority: request.priority,
      budgets: resilience.budgetsOf(model ?? anyModel),
      startAttempt: (target) => telemetry.startEmbedding(caller.trace, target),
      onAttemptFailed: () => undefined,
    });
    const { deployment } = attempt;
    const cost = embeddingCost(request.texts, finish.usage, deployment.prices);
    return { type: 'success', value: { ...finish.result, deployment, attempts, cost } };
  } catch (error) {
    const problem = problemOf(error, {
      promptPath: 'input.texts',
      timeoutMs: request.timeoutMs,
      shuttingDown: shutdown.aborted,
    });
    if (problem === undefined) throw error;
    return { type: 'problem', problem };
  } finally {
    release();
  }
}
