import type { TokenUsage } from '../../adapters/contract.ts';
import { buildAnswer, type Answer, type AnswerBuilder, type DeltaPart } from '../domain/answer.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { CacheResult, Cost, Generation, Outcome, Timings } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { InternalProblem, Problem } from '../domain/problem.ts';
import type { GenerationRequest, Principal } from '../domain/request.ts';
import type { Clock } from '../platform/clock.ts';
import { estimateMessages, estimateOutputTokens } from '../routing/tokens.ts';

export interface RecordSubject {
  readonly id: string;
  readonly request: GenerationRequest;
  readonly principal: Principal;
  readonly clock: Clock;
}

/** Takes note of one request while it runs, and gives its one `Outcome` in the end. */
export interface GenerationRecord {
  planned(plan: Plan): void;
  /** All attempts of the request, when they have ended. */
  attempted(all: readonly Attempt[]): void;
  delivered(part: DeltaPart): void;
  /** The answer from its deltas and the finish part. */
  answer(finish: Pick<Answer, 'usage'> & { readonly reason: Answer['finishReason'] }): Answer;
  complete(completion: Completion): Generation;
  fail(problem: Problem | InternalProblem): void;
  partialText(): string;
  /** What a model that failed had used up, as far as we can tell; `undefined` where none has said anything. */
  partialUsage(): TokenUsage | undefined;
  /** Once it has completed or failed. */
  outcome(): Outcome;
}

export interface Completion {
  readonly answer: Answer;
  readonly deployment: Deployment;
  readonly cost: Cost;
  readonly cache: CacheResult;
}

const noHit: CacheResult = { hit: false, ageSeconds: undefined };

/** No provider tells the usage of an answer that broke off. */
function estimatedUsage({ messages }: GenerationRequest, builder: AnswerBuilder): TokenUsage {
  return {
    inputTokens: estimateMessages(messages).expected,
    outputTokens: estimateOutputTokens(builder.everything()),
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
  };
}

export function startRecord({ id, request, principal, clock }: RecordSubject): GenerationRecord {
  const startedMs = clock.monotonicMs();
  let attempts: readonly Attempt[] = [];
  const builder = buildAnswer();
  let plan: Plan | undefined;
  let firstTokenMs: number | undefined;
  let cache = noHit;
  let result: Outcome['result'] | undefined;

  const elapsedMs = () => clock.monotonicMs() - startedMs;
  const timings = (): Timings => {
    const last = attempts.at(-1);
    // An attempt that does not know when its first token came has fetched its answer in one piece.
    const inOnePiece = last?.outcome === 'succeeded' && last.firstTokenMs === undefined;
    return {
      queuedMs: last?.queuedMs,
      firstTokenMs: inOnePiece ? undefined : firstTokenMs,
      totalMs: elapsedMs(),
    };
  };

  return {
    planned(decided) {
      plan = decided;
    },
    attempted(all) {
      attempts = all;
    },
    delivered(part) {
      firstTokenMs ??= elapsedMs();
      builder.add(part);
    },
    answer: (finish) => builder.finish(finish),
    complete(completion) {
      cache = completion.cache;
      const generation = { id, plan, attempts, timings: timings(), ...completion };
      result = { type: 'completed', generation };
      return generation;
    },
    fail(problem) {
      result = { type: 'failed', problem, partialText: builder.text() };
    },
    partialText: () => builder.text(),
    partialUsage: () => (firstTokenMs === undefined ? undefined : estimatedUsage(request, builder)),
    outcome() {
      if (result === undefined) throw new Error('A request has ended without a result.');
      const ended = result.type === 'completed' ? result.generation.timings : timings();
      return { id, request, principal, plan, attempts, timings: ended, cache, result };
    },
  };
}
