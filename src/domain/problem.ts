import type { Attempt, AttemptProblemCode } from './attempt.ts';
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
  | {
      readonly code: 'UPSTREAM_FAILED';
      readonly message: string;
      readonly attempts: readonly Attempt[];
    }
  | {
      readonly code: 'OVERLOADED';
      readonly message: string;
      /** When a place is likely to be free. */
      readonly retryAfterMs: number;
    }
  | { readonly code: 'CONTENT_FILTERED'; readonly message: string }
  | { readonly code: 'DEADLINE_EXCEEDED'; readonly message: string }
  | { readonly code: 'CANCELLED'; readonly message: string }
  | { readonly code: 'SERVER_SHUTDOWN'; readonly message: string };

/** Why a stream cannot be had, though a generation may be well. */
export type StreamProblem =
  | { readonly code: 'TOO_MANY_STREAMS'; readonly message: string }
  | { readonly code: 'GENERATION_NOT_FOUND'; readonly message: string }
  | {
      readonly code: 'RESUME_IMPOSSIBLE';
      readonly message: string;
      /** The events that are still there; none where the first comes after the last. */
      readonly firstSequence: number;
      readonly lastSequence: number;
    };

/** A bug of ours: clients see a masked error instead, the outcome keeps this. */
export interface InternalProblem {
  readonly code: 'INTERNAL_ERROR';
  readonly message: string;
}

/** An operator named a deployment that the catalogue does not have. */
export interface UnknownDeployment {
  readonly code: 'UNKNOWN_DEPLOYMENT';
  readonly message: string;
  /** Names that may have been meant. */
  readonly nearest: readonly string[];
}

/** Why a model does not come onto this machine, though the input is valid. Every message may be shown to clients. */
export type PullProblem =
  | { readonly code: 'MODEL_PULL_FAILED'; readonly message: string }
  | { readonly code: 'MODEL_PULL_NOT_FOUND'; readonly message: string };

export type ProblemCode =
  | Problem['code']
  | StreamProblem['code']
  | AttemptProblemCode
  | UnknownDeployment['code']
  | PullProblem['code'];
