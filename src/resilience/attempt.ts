import type { FinishReason, ModelAdapter, StreamPart, TokenUsage } from '../../adapters/contract.ts';
import { AdapterError, type AdapterErrorKind } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import { attemptProblem } from './attempt-problem.ts';
import { firstTokenEquivalentMs } from './first-token-equivalent.ts';
import type { Gate, Permit, Settlement } from './gate.ts';
import { createLeash, type Leash, type LeashOptions, type Stop } from './leash.ts';
import type { Limiter, Slot, SlotEnd } from './limiter.ts';
import { verdicts } from './verdict.ts';

/** A deployment that may be asked. */
export interface Target {
  readonly deployment: Deployment;
  readonly adapter: ModelAdapter;
  readonly gate: Gate;
  readonly limiter: Limiter;
  /** The 95th percentile of its times to the first token; `undefined` until some have been measured. */
  readonly p95FirstTokenMs: () => number | undefined;
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
  readonly slot: Slot;
  readonly permit: Permit;
  readonly scope: AttemptScope;
  /** See `Patience`. */
  readonly blameAfterMs: number;
  /** Whether a wait of `idleMs` counts against the deployment's health: not where only the caller finds it long. */
  readonly blamesIdle: boolean;
  /** Whether the gateway's own event loop stands still, so that times say nothing. */
  readonly lagging: () => boolean;
  readonly onAdapterBug: (bug: AdapterBug) => void;
}

export interface FailedAttempt {
  readonly target: Target;
  readonly attempt: Attempt;
  readonly error: AdapterError;
  /** What ended it from our side; `undefined` where the driver did. */
  readonly stop: Stop | undefined;
  /** False where the call was not let through to the deployment. */
  readonly wasCalled: boolean;
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
  #inOnePiece = false;
  #committed = false;
  #lagged = false;
  #ended: Attempt | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#leash = createLeash(options);
    this.#startedMs = options.clock.monotonicMs();
    this.signal = this.#leash.signal;
    this.traceHeaders = options.scope.traceHeaders;
  }

  /** Waits for the driver as long as the attempt may last. */
  wait<Value>(work: Promise<Value>): Promise<Value> {
    return this.#leash.hold(work);
  }

  metadata(part: ResponseMetadata): void {
    this.#queuedMs = part.queuedMs;
    this.#inOnePiece = part.inOnePiece === true;
    this.#options.scope.metadata(part);
  }

  /** A part of the answer has come. */
  partCame(): void {
    if (this.#firstTokenMs !== undefined) return;
    this.#leash.firstTokenCame();
    if (this.#inOnePiece) return;
    this.#firstTokenMs = this.#elapsedMs();
    this.#lagged = this.#options.lagging();
    this.#options.slot.answering(this.#lagged ? undefined : this.#firstTokenMs);
  }

  /** From now on the call is this attempt's. */
  commit(): void {
    this.#committed = true;
  }

  /** Leaves the driver's stream. What goes wrong with that is the driver's fault and changes no answer. */
  async release(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      this.#leash.hurry();
      await this.#leash.hold(Promise.resolve(iterator.return?.()));
    } catch (error) {
      this.#reportBug(error);
    } finally {
      // An attempt that was left has ended before its driver lets go.
      if (this.#ended !== undefined) this.#leash.end();
    }
  }

  succeed(finish: Finish): Attempt {
    // A filter that cut the answer off says as little about health as one that refused the request.
    const verdict = finish.reason?.unified === 'content-filter' ? 'neutral' : 'success';
    // An answer that came in one piece does not say when its first token did.
    const slow = this.#firstTokenMs !== undefined && this.#isSlow(this.#firstTokenMs);
    const settlement = { verdict, slow, lagging: this.#isLagging() } as const;
    return this.#end(
      { outcome: 'succeeded', problem: undefined },
      { settlement, slot: this.#slotAfter(finish), finish },
    );
  }

  fail(thrown: unknown): FailedAttempt {
    const stop = this.#leash.stoppedBy();
    if (!(thrown instanceof AdapterError)) this.#reportBug(thrown);
    const error = stop === undefined ? asAdapterError(thrown) : this.#stopError(stop, thrown);
    const attempt = this.#endFailed(error, this.#settlement(error, stop));
    return { target: this.#options.target, attempt, error, stop, wasCalled: true };
  }

  /** The caller does not want the rest, or another attempt was faster. Tells how it has ended. */
  leave(): Attempt {
    if (this.#ended !== undefined) return this.#ended;
    this.#leash.stop('caller');
    return this.#endFailed(this.#stopError('caller'), { verdict: 'neutral' });
  }

  #settlement(error: AdapterError, stop: Stop | undefined): Settlement {
    if (!this.#isToBlame(stop)) return { verdict: 'neutral' };
    const { code } = attemptProblem(error, this.#options.target.deployment.name);
    return {
      ...settlementFor(error),
      slow: this.#isSlow(this.#firstTokenMs ?? this.#elapsedMs()),
      lagging: this.#isLagging(),
      failure: { code, midStream: this.#committed },
    };
  }

  /** What ends an attempt from our side may say more about us than about the deployment. */
  #isToBlame(stop: Stop | undefined): boolean {
    const { blameAfterMs, blamesIdle } = this.#options;
    switch (stop) {
      case undefined:
        return true;
      case 'caller':
        return false;
      case 'idle':
        return blamesIdle;
      case 'first-token':
      case 'deadline':
        return this.#firstTokenMs === undefined && this.#elapsedMs() >= blameAfterMs;
    }
  }

  #isSlow(firstTokenMs: number): boolean {
    const { gate, p95FirstTokenMs } = this.#options.target;
    const waitedMs = firstTokenMs - (this.#queuedMs ?? 0);
    // Most calls are far from slow, and the percentile is not free.
    return waitedMs > gate.slowAfterMs(undefined) && waitedMs > gate.slowAfterMs(p95FirstTokenMs());
  }

  #isLagging(): boolean {
    return this.#lagged || this.#options.lagging();
  }

  #slotAfter({ usage }: Finish): SlotEnd {
    if (this.#firstTokenMs !== undefined || this.#isLagging()) return { outcome: 'success' };
    const answer = { durationMs: this.#elapsedMs(), outputTokens: usage.outputTokens };
    return {
      outcome: 'success',
      latencyMs: firstTokenEquivalentMs(answer, this.#options.target.deployment.latencyPrior),
    };
  }

  #endFailed(error: AdapterError, settlement: Settlement): Attempt {
    const overloaded =
      settlement.verdict === 'failure' ? showsLoad.has(error.kind) : error.kind === 'rate-limit';
    return this.#end(
      {
        outcome: error.kind === 'aborted' ? 'cancelled' : 'failed',
        problem: attemptProblem(error, this.#options.target.deployment.name),
      },
      { settlement, slot: { outcome: overloaded ? 'dropped' : 'ignored' } },
    );
  }

  #end(end: Pick<Attempt, 'outcome' | 'problem'>, told: Told): Attempt {
    if (this.#ended !== undefined) return this.#ended;
    const { target, permit, scope, slot } = this.#options;
    this.#leash.end();
    const attempt: Attempt = {
      deployment: target.deployment,
      durationMs: this.#elapsedMs(),
      firstTokenMs: this.#firstTokenMs,
      queuedMs: this.#queuedMs,
      ...end,
    };
    this.#ended = attempt;
    slot.release(told.slot);
    permit.settle(told.settlement);
    scope.end(attempt, told.finish);
    return attempt;
  }

  #stopError(stop: Stop, cause?: unknown): AdapterError {
    const { leftMs, firstTokenBudgetMs, idleMs } = this.#options;
    return stopError(stop, { leftMs, firstTokenBudgetMs, idleMs }, cause);
  }

  #elapsedMs(): number {
    return this.#options.clock.monotonicMs() - this.#startedMs;
  }

  #reportBug(error: unknown): void {
    this.#options.onAdapterBug({ deployment: this.#options.target.deployment.name, error });
  }
}

/** Failures that fewer calls at a time would have helped against. */
const showsLoad: ReadonlySet<AdapterErrorKind> = new Set(['unavailable', 'timeout']);

/** What the end of an attempt tells those who follow its deployment. */
interface Told {
  readonly settlement: Settlement;
  readonly slot: SlotEnd;
  readonly finish?: Finish;
}

function settlementFor(error: AdapterError): Settlement {
  const { breaker: verdict, connectFailure, cooldown } = verdicts[error.kind];
  const { retryAfterMs } = error;
  if (cooldown !== 'when-asked') return { verdict, connectFailure, cooldown, retryAfterMs };
  return { verdict, connectFailure, cooldown: retryAfterMs === undefined ? 'none' : 'short', retryAfterMs };
}

type Limits = Pick<LeashOptions, 'leftMs' | 'firstTokenBudgetMs' | 'idleMs'>;

export function stopError(stop: Stop, limits?: Limits, cause?: unknown): AdapterError {
  switch (stop) {
    case 'caller':
      return new AdapterError('aborted', 'the caller left', { cause });
    case 'deadline':
      return new AdapterError('timeout', 'the time for the whole call is over', {
        phase: 'total',
        limitMs: limits?.leftMs,
        cause,
      });
    case 'first-token':
      return new AdapterError('timeout', 'no first part in time', {
        phase: 'first-token',
        limitMs: limits?.firstTokenBudgetMs,
        cause,
      });
    case 'idle':
      return new AdapterError('timeout', 'no further part in time', {
        phase: 'idle',
        limitMs: limits?.idleMs,
        cause,
      });
  }
}

function asAdapterError(thrown: unknown): AdapterError {
  if (thrown instanceof AdapterError) return thrown;
  return new AdapterError('protocol', 'the driver threw something other than an AdapterError', {
    cause: thrown,
  });
}
