import type { Rejection } from './plan.ts';

/** One thing wrong with an input. `path` is written as in the operation: `input.sampling.temperature`. */
export interface ValidationIssue {
  readonly path: string;
  readonly message: string;
}

/** Why a request got no (whole) answer. Every message may be shown to clients. */
export type Problem =
  | {
      readonly code: 'VALIDATION_FAILED';
      readonly message: string;
      readonly issues: readonly ValidationIssue[];
    }
  | {
      readonly code: 'NO_DEPLOYMENT_AVAILABLE';
      readonly message: string;
      readonly rejected: readonly Rejection[];
    }
  | { readonly code: 'UPSTREAM_FAILED'; readonly message: string }
  | { readonly code: 'CONTENT_FILTERED'; readonly message: string }
  | { readonly code: 'DEADLINE_EXCEEDED'; readonly message: string }
  | { readonly code: 'CANCELLED'; readonly message: string }
  | { readonly code: 'SERVER_SHUTDOWN'; readonly message: string };

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
  'CANCELLED',
] as const;
export type AttemptProblemCode = (typeof attemptProblemCodes)[number];

export interface AttemptProblem {
  readonly code: AttemptProblemCode;
  readonly message: string;
}

export type ProblemCode = Problem['code'] | AttemptProblemCode;
