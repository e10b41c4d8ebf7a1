import { cacheKey } from '../cache/cache-key.ts';
import { replay } from '../cache/replay.ts';
import type { CacheLease, CacheLookup, ResponseCache } from '../cache/response-cache.ts';
import type { GenerationEnd, GenerationEventBody } from '../domain/generation-event.ts';
import type { Generation, Outcome } from '../domain/outcome.ts';
import type { GenerationRequest } from '../domain/request.ts';
import { anyModel } from '../registry/catalog.ts';
import { defaultTactics, shortest } from '../domain/tactics.ts';
import type { Clock } from '../platform/clock.ts';
import type { Deliver } from '../platform/delivery.ts';
import { follow } from '../platform/follow.ts';
import { execute } from '../resilience/execute.ts';
import { ExecutionFailure } from '../resilience/execution-failure.ts';
import type { Resilience } from '../resilience/resilience.ts';
import { plan } from '../routing/router.ts';
import { generationWish } from '../routing/wish.ts';
import type { GenerationSpan, Telemetry, TraceScope } from '../telemetry/telemetry.ts';
import { admit } from './admit.ts';
import { generationCost } from './cost.ts';
import type { Fleet } from './fleet.ts';
import { modelCall } from './model-call.ts';
import { problemOf, RequestProblem, unplannable } from './problems.ts';
import { startRecord, type GenerationRecord } from './record.ts';
import type { ResolvedRequest } from './resolve.ts';

export interface RequestPath {
  readonly fleet: Fleet;
  readonly catalogueDigest: string;
  readonly cache: ResponseCache;
  readonly resilience: Resilience;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Aborts when the gateway stops and can wait no longer. */
  readonly shutdown: AbortSignal;
  /** Readers of the one outcome: statistics, log. */
  readonly settle: (outcome: Outcome, scope: TraceScope) => void;
}

interface Run extends ResolvedRequest {
  readonly path: RequestPath;
  readonly span: GenerationSpan;
  readonly record: GenerationRecord;
  /** Aborts when the caller leaves or the gateway can wait no longer. */
  readonly signal: AbortSignal;
  /** What is left of the time for the whole answer. */
  readonly leftMs: () => number;
  readonly deliver: Deliver<GenerationEventBody>;
}

/**
 * The request path, from a validated wish to one outcome: delivers what happens on the way and returns how it ended. Throws only for a
 * bug. A reader that is behind holds the model back, a caller that leaves cancels it.
 */
export async function generate(
  path: RequestPath,
  resolved: ResolvedRequest,
  deliver: Deliver<GenerationEventBody>,
): Promise<GenerationEnd> {
  const { id, request, caller } = resolved;
  const { cache, catalogueDigest, clock, shutdown, telemetry } = path;
  const { principal } = caller;
  const span = telemetry.startGeneration(caller.trace, request, id);
  const record = startRecord({ id, request, principal, clock });
  const { signal, release } = follow(caller.signal, shutdown);
  const deadlineMs = clock.monotonicMs() + answerWithinMs(request);
  const leftMs = (): number => deadlineMs - clock.monotonicMs();
  const run: Run = { ...resolved, path, span, record, signal, leftMs, deliver };
  try {
    const key = cacheKey({ tenant: principal.tenant, catalogueDigest, request });
    const lookup = await cache.acquire({ key, options: request.cache, signal, waitMs: leftMs() });
    const generation =
      lookup.type === 'hit' ? await fromCache(lookup, run) : await fromModels(lookup.lease, run);
    return { type: 'completed', generation };
  } catch (error) {
    return failed(error, run);
  } finally {
    release();
    const outcome = record.outcome();
    span.end(outcome);
    path.settle(outcome, span.scope);
  }
}

/** An answer that was given before needs no route. */
async function fromCache(
  { entry, ageSeconds }: Extract<CacheLookup, { readonly type: 'hit' }>,
  { path, record, deliver }: Run,
): Promise<Generation> {
  for (const part of replay(entry.answer)) {
    record.delivered(part);
    await deliver(part);
  }
  return record.complete({
    answer: entry.answer,
    deployment: path.fleet.live(entry.deployment).deployment,
    cost: { nanoUsd: 0, estimated: false },
    cache: { hit: true, ageSeconds },
  });
}

async function fromModels(lease: CacheLease, run: Run): Promise<Generation> {
  const { path, record, request, policy, model, promptPath, caller, signal, span, whole, leftMs, deliver } =
    run;
  const { fleet, resilience } = path;
  try {
    admit(request.priority, resilience.environment);
    const route = plan(generationWish(request), fleet.signals(model), policy);
    record.planned(route);
    span.planned(route);
    if (route.candidates.length === 0) throw new RequestProblem(unplannable(route, promptPath));
    await deliver({ type: 'route-decided', plan: route });

    const { tactics = defaultTactics } = policy;
    const { connectMs } = shortest(request.deadlines, tactics.deadlines);
    const { attempt, attempts, finish } = await execute({
      environment: resilience.environment,
      targets: route.candidates.map(({ deployment }) => fleet.live(deployment.name)),
      panic: route.panic,
      call: modelCall(request, { whole, tenant: caller.principal.tenant, connectMs }),
      signal,
      timeoutMs: leftMs(),
      tactics,
      deadlines: request.deadlines,
      priority: request.priority,
      budgets: resilience.budgetsOf(model ?? anyModel),
      startAttempt: (deployment) => span.startAttempt(deployment, { whole }),
      onAttemptFailed: (failure) => deliver({ type: 'attempt-failed', attempt: failure }),
      onPart(part) {
        record.delivered(part);
        return deliver(part);
      },
    });

    const { deployment } = attempt;
    record.attempted(attempts);
    const answer = record.answer(finish);
    await lease.store({ answer, deployment: deployment.name });
    const cost = generationCost(request, answer, attempts);
    return record.complete({ answer, deployment, cost, cache: { hit: false, ageSeconds: undefined } });
  } finally {
    lease.release();
  }
}

function answerWithinMs({ timeoutMs, constraints }: GenerationRequest): number {
  return Math.min(timeoutMs, constraints.maxLatencyMs ?? Infinity);
}

/** What the client is told of a failure. A bug is not told: it is thrown, and masked at the edge. */
function failed(error: unknown, { path, record, request, promptPath }: Run): GenerationEnd {
  if (error instanceof ExecutionFailure) record.attempted(error.attempts);
  const problem = problemOf(error, {
    promptPath,
    timeoutMs: answerWithinMs(request),
    shuttingDown: path.shutdown.aborted,
  });
  if (problem === undefined) {
    record.fail({ code: 'INTERNAL_ERROR', message: 'An error inside the gateway.' });
    throw error;
  }
  record.fail(problem);
  return { type: 'failed', problem, partialText: record.partialText(), usage: record.partialUsage() };
}
