import type { Plan } from '../domain/plan.ts';
import type { Problem, UnknownDeployment, ValidationIssue } from '../domain/problem.ts';
import { didYouMean, nearestNames } from '../platform/nearest-names.ts';
import { ExecutionFailure } from '../resilience/execution-failure.ts';

export type ValidationFailed = Extract<Problem, { readonly code: 'VALIDATION_FAILED' }>;

/** Ends a request with a problem that the client is told. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

export function validationFailed(issues: readonly ValidationIssue[]): ValidationFailed {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const message = first === undefined ? 'The input is not valid.' : `${first.path}: ${first.message}${more}`;
  return { code: 'VALIDATION_FAILED', message, issues };
}

export function unknownDeployment(name: string, names: readonly string[]): UnknownDeployment {
  return {
    code: 'UNKNOWN_DEPLOYMENT',
    message: `No deployment is called "${name}"${didYouMean(name, names)}.`,
    nearest: nearestNames(name, names),
  };
}

/** Why a plan has no candidate. Where every deployment would do but for the length of the prompt, that is the caller's to mend. */
export function unplannable({ rejected }: Plan, promptPath: string): Problem {
  const [first] = rejected;
  if (first !== undefined && rejected.every(({ code }) => code === 'CONTEXT_TOO_SHORT')) {
    const models = rejected.map(({ deployment, reason }) => `${deployment.name} ${reason}`).join('; ');
    return validationFailed([{ path: promptPath, message: `is longer than any model can read: ${models}` }]);
  }
  const reasons = rejected.map(({ deployment, reason }) => `${deployment.name} ${reason}`).join('; ');
  return {
    code: 'NO_DEPLOYMENT_AVAILABLE',
    message: `No deployment can serve this request: ${reasons}.`,
    rejected,
  };
}

/** Where a failure comes from decides what the client is told. */
export interface FailureSite {
  /** Which field of the input held the prompt. */
  readonly promptPath: string;
  readonly timeoutMs: number;
  readonly shuttingDown: boolean;
}

/** The problem behind an error, or `undefined` for an error that is a bug of ours. */
export function problemOf(error: unknown, site: FailureSite): Problem | undefined {
  if (error instanceof RequestProblem) return error.problem;
  if (error instanceof ExecutionFailure) return executionProblem(error, site);
  return undefined;
}

function executionProblem(failure: ExecutionFailure, site: FailureSite): Problem {
  switch (failure.reason) {
    case 'cancelled':
      return site.shuttingDown
        ? { code: 'SERVER_SHUTDOWN', message: 'The gateway is shutting down; try again.' }
        : { code: 'CANCELLED', message: 'The request was cancelled.' };
    case 'deadline':
      return {
        code: 'DEADLINE_EXCEEDED',
        message: `There was no whole answer within ${site.timeoutMs} ms; allow more time (timeoutMs, constraints.maxLatencyMs) or lower sampling.maxOutputTokens.`,
      };
    case 'refused':
    case 'exhausted':
    case 'broke-off':
      return upstreamProblem(failure, site);
  }
}

function upstreamProblem(failure: ExecutionFailure, site: FailureSite): Problem {
  const { attempts, cause } = failure;
  if (cause.kind === 'content-filter') {
    return { code: 'CONTENT_FILTERED', message: attempts.at(-1)?.problem?.message ?? cause.kind };
  }
  if (attempts.length > 0 && attempts.every(({ problem }) => problem?.code === 'CONTEXT_TOO_LONG')) {
    return validationFailed([{ path: site.promptPath, message: tooLong(failure) }]);
  }
  const retryAfterMs = overloadedFor(failure);
  if (retryAfterMs !== undefined) {
    return {
      code: 'OVERLOADED',
      message: `${attemptsMessage(failure)} Try again in ${retryAfterMs} ms.`,
      retryAfterMs,
    };
  }
  return { code: 'UPSTREAM_FAILED', message: attemptsMessage(failure), attempts };
}

/** Where all deployments have enough to do, by the gateway's own measure or by the queue of a local model: when to come back. */
function overloadedFor({ attempts, cause }: ExecutionFailure): number | undefined {
  const isOverload =
    attempts.length > 0 &&
    attempts.every(({ problem }) => problem?.code === 'OVERLOADED' || problem?.code === 'QUEUE_FULL');
  return isOverload ? (cause.retryAfterMs ?? 1000) : undefined;
}

function tooLong({ cause }: ExecutionFailure): string {
  const { inputTokens, contextTokens } = cause;
  if (inputTokens === undefined || contextTokens === undefined) return 'is longer than the model can read';
  return `has ${inputTokens} tokens, the model holds ${contextTokens}`;
}

function attemptsMessage({ reason, attempts }: ExecutionFailure): string {
  const stories = attempts.flatMap(({ problem }) => problem?.message ?? []).join(' ');
  return reason === 'broke-off' ? `The answer broke off. ${stories}` : stories;
}
