import type { AdapterErrorKind } from '../../adapters/errors.ts';
import type { AttemptProblemCode } from '../domain/attempt.ts';

/** What one kind of failure means for the deployment, for the request and for the client. */
export interface Verdict {
  /** `neutral`: says nothing about the deployment's health. */
  readonly breaker: 'failure' | 'neutral';
  /** No connection came about; some of these in a row open the breaker before its window is full. */
  readonly connectFailure: boolean;
  /** Whether the same deployment may be asked once more, where no other is left. */
  readonly retry: boolean;
  /** Which of the remaining targets may be tried, as long as nothing has reached the client. */
  readonly fallback: 'any' | 'longer-context' | 'none';
  /**
   * Whether the deployment is left alone for a while, apart from the breaker. `when-asked`: only if the provider named a time;
   * `short`: for the time it named, else some seconds; `long`: until an operator can have acted;
   * `until-reset`: until one says that it works again.
   */
  readonly cooldown: 'none' | 'when-asked' | 'short' | 'long' | 'until-reset';
  readonly problem: AttemptProblemCode;
  /** Safe to show to clients: the provider's own words stay out. */
  readonly message: (deployment: string) => string;
}

const neutral = { breaker: 'neutral', connectFailure: false, retry: false, cooldown: 'none' } as const;
const unhealthy = {
  breaker: 'failure',
  connectFailure: false,
  retry: true,
  fallback: 'any',
  cooldown: 'none',
} as const;
const needsOperator = {
  breaker: 'neutral',
  connectFailure: false,
  retry: false,
  fallback: 'any',
  cooldown: 'long',
} as const;

/** The one place that decides what a failure leads to. */
export const verdicts: Readonly<Record<AdapterErrorKind, Verdict>> = {
  'invalid-request': {
    ...neutral,
    fallback: 'none',
    problem: 'INVALID_REQUEST',
    message: (name) => `${name} does not accept this request.`,
  },
  'context-length': {
    ...neutral,
    fallback: 'longer-context',
    problem: 'CONTEXT_TOO_LONG',
    message: (name) => `The prompt is longer than the context of ${name}. Shorten it.`,
  },
  // Another model must not answer what one has refused: that would be a way around the filter.
  'content-filter': {
    ...neutral,
    fallback: 'none',
    problem: 'CONTENT_FILTERED',
    message: (name) => `The content filter of ${name} refused the request.`,
  },
  unsupported: {
    ...neutral,
    fallback: 'any',
    problem: 'UNSUPPORTED',
    message: (name) => `${name} cannot do something that the request needs.`,
  },
  authentication: {
    ...needsOperator,
    // It stays refused, and some providers lock an account that tries on.
    cooldown: 'until-reset',
    problem: 'AUTHENTICATION_FAILED',
    message: (name) => `The gateway's credential for ${name} was refused.`,
  },
  quota: {
    ...needsOperator,
    problem: 'QUOTA_EXHAUSTED',
    message: (name) => `The gateway's account at ${name} has no quota left.`,
  },
  'model-not-found': {
    ...needsOperator,
    problem: 'MODEL_NOT_FOUND',
    message: (name) => `The provider of ${name} does not know its model.`,
  },
  'rate-limit': {
    ...neutral,
    retry: true,
    fallback: 'any',
    cooldown: 'short',
    problem: 'RATE_LIMITED',
    message: (name) => `${name} has taken too many requests for now.`,
  },
  connection: {
    ...unhealthy,
    connectFailure: true,
    problem: 'CONNECTION_FAILED',
    message: (name) => `${name} could not be reached.`,
  },
  unavailable: {
    ...unhealthy,
    cooldown: 'when-asked',
    problem: 'UNAVAILABLE',
    message: (name) => `${name} is failing or overloaded.`,
  },
  timeout: {
    ...unhealthy,
    // It would be as slow again.
    retry: false,
    problem: 'TIMEOUT',
    message: (name) => `${name} did not answer in time.`,
  },
  'stream-cut': {
    ...unhealthy,
    problem: 'STREAM_CUT',
    message: (name) => `The answer of ${name} broke off before its end.`,
  },
  protocol: {
    ...unhealthy,
    problem: 'PROTOCOL_VIOLATED',
    message: (name) => `The answer of ${name} could not be understood.`,
  },
  crashed: {
    ...unhealthy,
    problem: 'MODEL_CRASHED',
    message: (name) => `The process of ${name} died.`,
  },
  'queue-full': {
    ...neutral,
    fallback: 'any',
    problem: 'QUEUE_FULL',
    message: (name) => `The queue of ${name} is full.`,
  },
  'not-ready': {
    ...neutral,
    fallback: 'any',
    problem: 'MODEL_NOT_READY',
    message: (name) => `${name} is not loaded yet.`,
  },
  // The deployment has not been asked; one on this machine may still answer.
  exhausted: {
    ...neutral,
    fallback: 'any',
    problem: 'GATEWAY_EXHAUSTED',
    message: (name) => `The gateway has nothing left to open a connection to ${name} with.`,
  },
  aborted: {
    ...neutral,
    fallback: 'none',
    problem: 'CANCELLED',
    message: (name) => `The call to ${name} was cancelled.`,
  },
};
