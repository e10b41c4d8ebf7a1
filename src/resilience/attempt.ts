import type { FinishReason, ModelAdapter, StreamPart, TokenUsage } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Gate, Permit, Settlement } from './gate.ts';
import { createLeash, type Leash, type LeashOptions, type Stop } from './leash.ts';
import { verdicts } from './verdict.ts';

/** A deployment that may be asked. */
export interface Target {
  readonly deployment: Deployment;
  readonly adapter: ModelAdapter;
  readonly gate: Gate;
}

export type ResponseMetadata = Extract<StreamPart, { readonly type: 'response-metadata' }>;

/** How a whole answer ended. Embeddings have no reason. */
export interface Finish {
  readonly reason?: FinishReason;
  readonly usage: TokenUsage;
}

/** What watches one attempt, such as a span. `end` is called exactly once. */
export interface AttemptScope {
  /** Sent along to the model's process or provider. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  metadata(part: ResponseMetadata): void;
  end(attempt: Attempt, finish?: Finish): void;
}

/** A driver that broke the contract of adapters. The call goes on as well as it can; somebody should be told. */
export interface AdapterBug {
  readonly deployment: string;
  readonly error: unknown;
}

export interface AttemptOptions extends LeashOptions {
  readonly target: Target;
  readonly permit: Permit;
  readonly scope: AttemptScope;
  /** See `Patience`. */
  readonly blameAfterMs: number;
  readonly onAdapterBug: (bug: AdapterBug) => void;
}

export interface FailedAttempt {
  readonly attempt: Attempt;
  readonly error: AdapterError;
  /** What ended it from our side; `undefined` where the driver did. */
  readonly stop: Stop | undefined;
}

/** One call under way. Whichever of `succeed`, `fail` and `leave` comes first ends it. */
export class RunningAttempt {
  /** Aborts when the caller leaves or a deadline passes. */
  readonly signal: AbortSignal;
  readonly traceHeaders: Readonly<Record<string, string>>;
  readonly #options: AttemptOptions;
  readonly #leash: Leash;
  readonly #startedMs: number;
  #queuedMs: number | undefined;
  #firstTokenMs: number | undefined;
  #ended = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#leash = createLeash(options);
    this.#startedMs = options.clock.monotonicMs();
    this.signal = this.#leash.signal;
    this.traceHeaders = options.scope.traceHeaders;
  }

  /** Waits for the driver as long as the attempt may last. */
  async wait<Value>(work: Promise<Value>): Promise<Value> {
    const value = await this.#leash.hold(work);
    const stop = this.#leash.stoppedBy();
    if (stop !== undefined) throw stopError(stop);
    return value;
  }

  metadata(part: ResponseMetadata): void {
    this.#queuedMs = part.queuedMs;
    this.#options.scope.metadata(part);
  }

  /** A part is about to be handed out. */
  commit(): void {
    if (this.#firstTokenMs !== undefined) return;
    this.#firstTokenMs = this.#elapsedMs();
    this.#leash.firstTokenCame();
  }

  /** Leaves the driver's stream. What goes wrong with that is the driver's fault and changes no answer. */
  async release(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      this.#leash.hurry();
      await this.#leash.hold(Promise.resolve(iterator.return?.()));
    } catch (error) {
      this.#reportBug(error);
    }
  }

  succeed(finish: Finish): Attempt {
    // A filter that cut the answer off says as little about health as one that refused the request.
    const verdict = finish.reason?.unified === 'content-filter' ? 'neutral' : 'success';
    return this.#end({ outcome: 'succeeded', problem: undefined }, { verdict }, finish);
  }

  fail(thrown: unknown): FailedAttempt {
    const stop = this.#leash.stoppedBy();
    if (!(thrown instanceof AdapterError)) this.#reportBug(thrown);
    const error = stop === undefined ? asAdapterError(thrown) : stopError(stop, thrown);
    return { attempt: this.#endFailed(error, this.#settlement(error, stop)), error, stop };
  }

  /** The caller does not want the rest. */
  leave(): void {
    if (this.#ended) return;
    this.#leash.stop('caller');
    this.#endFailed(stopError('caller'), { verdict: 'neutral' });
  }

  #settlement(error: AdapterError, stop: Stop | undefined): Settlement {
    const cutShort = this.#firstTokenMs !== undefined || this.#elapsedMs() < this.#options.blameAfterMs;
    return stop !== undefined && cutShort ? { verdict: 'neutral' } : settlementFor(error);
  }

  #endFailed(error: AdapterError, settlement: Settlement): Attempt {
    const { problem, message } = verdicts[error.kind];
    return this.#end(
      {
        outcome: error.kind === 'aborted' ? 'cancelled' : 'failed',
        problem: { code: problem, message: message(this.#options.target.deployment.name) },
      },
      settlement,
    );
  }

  #end(end: Pick<Attempt, 'outcome' | 'problem'>, settlement: Settlement, finish?: Finish): Attempt {
    const { target, permit, scope } = this.#options;
    this.#ended = true;
    this.#leash.end();
    const attempt: Attempt = {
      deployment: target.deployment,
      durationMs: this.#elapsedMs(),
      firstTokenMs: this.#firstTokenMs,
      queuedMs: this.#queuedMs,
      ...end,
    };
    permit.settle(settlement);
    scope.end(attempt, finish);
    return attempt;
  }

  #elapsedMs(): number {
    return this.#options.clock.monotonicMs() - this.#startedMs;
  }

  #reportBug(error: unknown): void {
    this.#options.onAdapterBug({ deployment: this.#options.target.deployment.name, error });
  }
}

function settlementFor(error: AdapterError): Settlement {
  const { breaker: verdict, connectFailure, cooldown } = verdicts[error.kind];
  const { retryAfterMs } = error;
  if (cooldown !== 'when-asked') return { verdict, connectFailure, cooldown, retryAfterMs };
  return { verdict, connectFailure, cooldown: retryAfterMs === undefined ? 'none' : 'short', retryAfterMs };
}

export function stopError(stop: Stop, cause?: unknown): AdapterError {
  switch (stop) {
    case 'caller':
      return new AdapterError('aborted', 'the caller left', { cause });
    case 'deadline':
      return new AdapterError('timeout', 'the time for the whole call is over', { phase: 'total', cause });
    case 'first-token':
      return new AdapterError('timeout', 'no first part in time', { phase: 'first-token', cause });
  }
}

function asAdapterError(thrown: unknown): AdapterError {
  if (thrown instanceof AdapterError) return thrown;
  return new AdapterError('protocol', 'the driver threw something other than an AdapterError', {
    cause: thrown,
  });
}
