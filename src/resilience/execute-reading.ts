import type { ModelAdapter, TokenUsage } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { Finish, RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import { tryTargets, type Success } from './try-targets.ts';
import type { PieceSource, Work } from './work.ts';

/** What a driver needs of an attempt to read texts. */
export interface ReadingAttempt {
  readonly traceHeaders: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface ExecuteReadingOptions<Result> extends ExecutionOptions {
  /** Has the driver read; `undefined` where it does not do such a thing. */
  readonly read: (adapter: ModelAdapter, attempt: ReadingAttempt) => Promise<Result> | undefined;
}

interface ReadingEnd<Result> extends Finish {
  readonly result: Result;
}

/**
 * Has texts read by the best target that can, on the rules of `execute`.
 * @throws ExecutionFailure
 */
export async function executeReading<Result extends { readonly usage: TokenUsage }>(
  options: ExecuteReadingOptions<Result>,
): Promise<Success<ReadingEnd<Result>>> {
  return await tryTargets(options, reading(options));
}

function reading<Result extends { readonly usage: TokenUsage }>({
  read,
}: ExecuteReadingOptions<Result>): Work<never, ReadingEnd<Result>> {
  return {
    whole: true,
    hedgeable: true,
    start: (target, attempt) => readingSource(target, attempt, read),
    isContent: () => true,
    bytes: () => 0,
    deliver: () => undefined,
  };
}

/** Has no pieces: everything comes at the end. */
function readingSource<Result extends { readonly usage: TokenUsage }>(
  { adapter, deployment }: Target,
  attempt: RunningAttempt,
  read: ExecuteReadingOptions<Result>['read'],
): PieceSource<never, ReadingEnd<Result>> {
  return {
    async next() {
      const work = read(adapter, attempt);
      if (work === undefined) {
        throw new AdapterError('unsupported', `the driver of ${deployment.name} does not do this`);
      }
      const result = await attempt.wait(work);
      return { type: 'end', end: { result, usage: result.usage } };
    },
    release: () => Promise.resolve(),
  };
}
