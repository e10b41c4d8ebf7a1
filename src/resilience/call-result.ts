import type { AttemptProblemCode } from '../domain/attempt.ts';

/** How one call ended, told at the end of its stream. */
export interface CallResult {
  /** `neutral` says nothing about the deployment's health: the caller's fault, or the caller left. */
  readonly verdict: 'success' | 'failure' | 'neutral';
  /** @default false */
  readonly connectFailure?: boolean | undefined;
  /** Whether its first token came late, or not at all in time; see `Gate.slowAfterMs`. @default false */
  readonly slow?: boolean | undefined;
  /** Whether the gateway's own event loop stood still meanwhile: then its clock says nothing. @default false */
  readonly lagging?: boolean | undefined;
  /** What is shown to operators of a failure. */
  readonly failure?: FailureFacts | undefined;
}

export interface FailureFacts {
  readonly code: AttemptProblemCode;
  /** Whether it broke off after its first part. */
  readonly midStream: boolean;
}

/** What a result is worth that was measured while the gateway itself was late: no call is slow then, and no deadline was missed. */
export function discountLag(result: CallResult): CallResult {
  if (result.lagging !== true) return result;
  const timedOut = result.verdict === 'failure' && result.failure?.code === 'TIMEOUT';
  return { ...result, slow: false, verdict: timedOut ? 'neutral' : result.verdict };
}
