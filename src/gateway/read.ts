import type { ModelAdapter, TokenUsage } from '../../adapters/contract.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Cost } from '../domain/outcome.ts';
import type { Policy } from '../domain/policy.ts';
import { readingTexts } from '../domain/reading-texts.ts';
import type { Reading, ReadingRequest, ReadingTask } from '../domain/request.ts';
import type { Result } from '../domain/result.ts';
import { defaultTactics } from '../domain/tactics.ts';
import { follow } from '../platform/follow.ts';
import { anyModel } from '../registry/catalog.ts';
import { executeReading, type ReadingAttempt } from '../resilience/execute-reading.ts';
import { plan } from '../routing/router.ts';
import { readingWish } from '../routing/wish.ts';
import { admit } from './admit.ts';
import { readingCost } from './cost.ts';
import type { RequestPath } from './gateway.ts';
import { problemOf, RequestProblem, unplannable } from './problems.ts';
import type { Caller } from './resolve.ts';

/** What a model made of texts, and the story of how. */
export type Told<Made> = Made & {
  readonly deployment: Deployment;
  readonly attempts: readonly Attempt[];
  readonly cost: Cost;
};

export interface ResolvedReading<Read extends Reading> {
  readonly request: ReadingRequest<Read>;
  readonly policy: Policy;
  readonly model: string | undefined;
  readonly caller: Caller;
}

/** What a driver is asked to make of the texts; `undefined` where it does not do such a thing. */
export type AskDriver<Read extends Reading, Made> = (
  adapter: ModelAdapter,
  asked: { readonly request: ReadingRequest<Read>; readonly attempt: ReadingAttempt },
) => Promise<Made> | undefined;

/** The path of a request that has texts read: the same plan, gates and fallbacks as for an answer, without a stream. */
export async function read<Read extends Reading, Made extends { readonly usage: TokenUsage }>(
  { fleet, resilience, shutdown, telemetry }: RequestPath,
  { request, policy, model, caller }: ResolvedReading<Read>,
  ask: AskDriver<Read, Made>,
): Promise<Result<Told<Made>>> {
  const { reading } = request;
  const promptPath = promptPaths[reading.task];
  const { signal, release } = follow(caller.signal, shutdown);
  try {
    admit(request.priority, resilience.environment);
    const route = plan(readingWish(request), fleet.signals(model), policy);
    if (route.candidates.length === 0) throw new RequestProblem(unplannable(route, promptPath));
    const { attempt, attempts, finish } = await executeReading({
      environment: resilience.environment,
      targets: route.candidates.map((candidate) => fleet.live(candidate.deployment.name)),
      panic: route.panic,
      read: (adapter, running) => ask(adapter, { request, attempt: running }),
      signal,
      timeoutMs: request.timeoutMs,
      tactics: policy.tactics ?? defaultTactics,
      deadlines: request.deadlines,
      priority: request.priority,
      budgets: resilience.budgetsOf(model ?? anyModel),
      startAttempt: (target) => telemetry.startReading(caller.trace, reading.task, target),
      onAttemptFailed: () => undefined,
    });
    const { deployment } = attempt;
    const cost = readingCost(readingTexts(reading), finish.usage, deployment.prices);
    return { type: 'success', value: { ...finish.result, deployment, attempts, cost } };
  } catch (error) {
    const problem = problemOf(error, {
      promptPath,
      timeoutMs: request.timeoutMs,
      shuttingDown: shutdown.aborted,
    });
    if (problem === undefined) throw error;
    return { type: 'problem', problem };
  } finally {
    release();
  }
}

/** The input fields that hold what is read, for messages about its length. */
const promptPaths: Readonly<Record<ReadingTask, string>> = {
  embed: 'input.texts',
  classify: 'input.texts',
  rerank: 'input.documents',
};
