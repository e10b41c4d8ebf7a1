import type { TimeoutPhase } from '../../adapters/errors.ts';
import type { Deployment } from './deployment.ts';

/** Why one attempt failed. */
export const attemptProblemCodes = [
  'INVALID_REQUEST',
  'CONTEXT_TOO_LONG',
  'CONTENT_FILTERED',
  'UNSUPPORTED',
  'AUTHENTICATION_FAILED',
  'QUOTA_EXHAUSTED',
  'RATE_LIMITED',
  'MODEL_NOT_FOUND',
  'CONNECTION_FAILED',
  'UNAVAILABLE',
  'TIMEOUT',
  'STREAM_CUT',
  'PROTOCOL_VIOLATED',
  'MODEL_CRASHED',
  'QUEUE_FULL',
  'MODEL_NOT_READY',
  'BREAKER_OPEN',
  'OVERLOADED',
  'GATEWAY_EXHAUSTED',
  'CANCELLED',
] as const;
export type AttemptProblemCode = (typeof attemptProblemCodes)[number];

export interface AttemptProblem {
  readonly code: AttemptProblemCode;
  /** May be shown to clients. */
  readonly message: string;
  /** Which deadline ended the attempt; `undefined` where none did. */
  readonly deadline?: TimeoutPhase | undefined;
}

/** How one attempt ended. `cancelled`: the caller left, which says nothing about the deployment. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'cancelled';

/** One call to one deployment, finished. */
export interface Attempt {
  readonly deployment: Deployment;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** Until the first content part; `undefined` where none came. */
  readonly firstTokenMs: number | undefined;
  /** Wait in a local queue; `undefined` where the deployment has none. */
  readonly queuedMs: number | undefined;
  /** Present unless the attempt succeeded. */
  readonly problem: AttemptProblem | undefined;
}
