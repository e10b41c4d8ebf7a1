import type { AdapterError } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';

/**
 * - `exhausted`: every target was tried or kept shut.
 * - `broke-off`: it failed after its first part, when no other target may take over.
 * - `refused`: another target must not or cannot do better (invalid request, content filter, prompt too long).
 * - `deadline`: the time for the whole call is over.
 * - `cancelled`: the caller's signal aborted, or the adapter was closed.
 */
export type ExecutionFailureReason = 'exhausted' | 'broke-off' | 'refused' | 'deadline' | 'cancelled';

export interface ExecutionFailureOptions {
  readonly reason: ExecutionFailureReason;
  readonly attempts: readonly Attempt[];
  readonly cause: AdapterError;
}

/** A call that got no whole answer. The message is for operators; clients are told the problems of the attempts. */
export class ExecutionFailure extends Error {
  override readonly name = 'ExecutionFailure';
  readonly reason: ExecutionFailureReason;
  /** In the order they were made; the last one decided. Empty where it failed before the first. */
  readonly attempts: readonly Attempt[];
  override readonly cause: AdapterError;

  constructor({ reason, attempts, cause }: ExecutionFailureOptions) {
    super(`the call failed (${reason}) after ${attempts.length} attempts: ${cause.message}`);
    this.reason = reason;
    this.attempts = attempts;
    this.cause = cause;
  }
}
