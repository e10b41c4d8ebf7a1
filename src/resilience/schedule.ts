import { AdapterError } from '../../adapters/errors.ts';
import { stopError, type FailedAttempt, type Target } from './attempt.ts';
import { backOffMs } from './back-off.ts';
import type { ExecutionOptions } from './execution.ts';
import type { ExecutionFailureReason } from './execution-failure.ts';
import { verdicts } from './verdict.ts';

export interface TryStep {
  readonly type: 'try';
  readonly target: Target;
  /** To wait before it. */
  readonly delayMs: number;
  /** For the attempt and all that may follow. */
  readonly leftMs: number;
  /** The next in line, which could take over or be asked at the same time. */
  readonly other: Target | undefined;
}

export interface GiveUpStep {
  readonly type: 'give-up';
  readonly reason: ExecutionFailureReason;
  readonly cause: AdapterError;
}

interface Recovering {
  readonly target: Target;
  readonly error: AdapterError;
}

/**
 * Who is tried next: the targets in the order of the plan, at once; when all have failed, those that may have recovered, after a
 * pause. What kind of failure allows what is in `verdicts`.
 */
export class Schedule {
  readonly #options: ExecutionOptions;
  readonly #deadlineMs: number;
  readonly #triesByTarget = new Map<string, number>();
  #queue: readonly Target[];
  #recovering: readonly Recovering[] = [];
  #calls = 0;
  #retries = 0;
  #last: FailedAttempt | undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#deadlineMs = options.environment.clock.monotonicMs() + options.timeoutMs;
    this.#queue = options.targets;
  }

  next(): TryStep | GiveUpStep {
    const over = this.#isOver();
    if (over !== undefined) return over;
    if (this.#calls >= this.#options.tactics.maxAttempts) return this.#giveUp('exhausted');
    const [target, other] = this.#queue;
    if (target === undefined) return this.#retry() ?? this.#giveUp(this.#finalReason());
    this.#queue = this.#queue.slice(1);
    return { type: 'try', target, delayMs: 0, leftMs: this.#leftMs(), other };
  }

  /** The next in line is asked beside the one that `next` has told. */
  takeOther(): void {
    this.#queue = this.#queue.slice(1);
    this.#calls += 1;
  }

  failed(failure: FailedAttempt): void {
    this.#last = failure;
    if (!failure.wasCalled) return;
    const { error, target } = failure;
    const { name } = target.deployment;
    const tries = (this.#triesByTarget.get(name) ?? 0) + 1;
    this.#triesByTarget.set(name, tries);
    this.#calls += 1;
    this.#queue = this.#queue.filter((other) => mayFollow(other, failure));
    this.#recovering = this.#recovering.filter((other) => mayFollow(other.target, failure));
    if (verdicts[error.kind].retry && tries <= this.#options.tactics.retries) {
      this.#recovering = [...this.#recovering, { target, error }];
    }
  }

  #isOver(): GiveUpStep | undefined {
    const { signal } = this.#options;
    if (signal.aborted) return this.#giveUp('cancelled', stopError('caller'));
    if (this.#leftMs() <= 0) return this.#giveUp('deadline', stopError('deadline'));
    if (this.#last?.error.kind === 'aborted') return this.#giveUp('cancelled');
    if (this.#last?.stop === 'deadline') return this.#giveUp('deadline');
    return undefined;
  }

  #retry(): TryStep | undefined {
    const { budgets, environment } = this.#options;
    const { random } = environment;
    const [candidate] = this.#recovering;
    if (candidate === undefined) return undefined;
    const { target, error } = candidate;
    const leftMs = this.#leftMs();
    const delayMs = backOffMs({
      retriesMade: this.#retries,
      leftMs,
      retryAfterMs: this.#askedWaitMs(candidate),
      random,
    });
    if (delayMs === undefined) return undefined;
    if (!budgets.retries.tryWithdraw(error.phase === undefined ? 'failure' : 'timeout')) return undefined;
    this.#recovering = this.#recovering.slice(1);
    this.#retries += 1;
    return { type: 'try', target, delayMs, leftMs: leftMs - delayMs, other: undefined };
  }

  /** What the provider asked for, or longer where its gate adds to it. */
  #askedWaitMs({ target, error }: Recovering): number {
    const { cooldownUntilMs } = target.gate.status();
    const coolingMs =
      cooldownUntilMs === undefined ? 0 : cooldownUntilMs - this.#options.environment.clock.wallMs();
    return Math.max(error.retryAfterMs ?? 0, coolingMs);
  }

  /** Where others could not or must not do better, it was the request. */
  #finalReason(): ExecutionFailureReason {
    const refused = this.#last !== undefined && verdicts[this.#last.error.kind].fallback !== 'any';
    return refused ? 'refused' : 'exhausted';
  }

  #giveUp(reason: ExecutionFailureReason, cause = noTarget): GiveUpStep {
    return { type: 'give-up', reason, cause: this.#last?.error ?? cause };
  }

  #leftMs(): number {
    return this.#deadlineMs - this.#options.environment.clock.monotonicMs();
  }
}

const noTarget = new AdapterError('unavailable', 'there was no target to try');

function mayFollow(other: Target, { error, target }: FailedAttempt): boolean {
  switch (verdicts[error.kind].fallback) {
    case 'any':
      return true;
    case 'none':
      return false;
    case 'longer-context': {
      const tooShort = error.contextTokens ?? contextTokens(target) ?? 0;
      return (contextTokens(other) ?? Infinity) > tooShort;
    }
  }
}

function contextTokens({ adapter, deployment }: Target): number | undefined {
  return adapter.traits().contextTokens ?? deployment.traits.contextTokens;
}
