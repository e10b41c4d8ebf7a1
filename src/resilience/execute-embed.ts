import type { EmbedCall, EmbedResult } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Finish, RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import type { Work } from './opening.ts';
import { tryTargets } from './try-targets.ts';

export interface ExecuteEmbedOptions extends Omit<ExecutionOptions, 'whole' | 'hedgeable'> {
  readonly call: EmbedCall;
}

export interface EmbedExecution {
  readonly result: EmbedResult;
  /** Who made the vectors. */
  readonly deployment: Deployment;
  /** In order; the last one succeeded. */
  readonly attempts: readonly Attempt[];
}

interface ResultEvent {
  readonly type: 'result';
  readonly result: EmbedResult;
}

/** Embeds by the best target that can, on the rules of `execute`. Throws `ExecutionFailure`. */
export async function executeEmbed({ call, ...options }: ExecuteEmbedOptions): Promise<EmbedExecution> {
  const attempts: Attempt[] = [];
  let result: EmbedResult | undefined;
  for await (const event of tryTargets({ ...options, whole: true, hedgeable: true }, embedding(call))) {
    if (event.type === 'result') {
      result = event.result;
    } else {
      attempts.push(event.attempt);
    }
  }
  const last = attempts.at(-1);
  if (result === undefined || last === undefined) throw new Error('An execution ended without its result.');
  return { result, deployment: last.deployment, attempts };
}

function embedding(call: EmbedCall): Work<ResultEvent, Finish> {
  return {
    start: (target, attempt) => embedOnce(target, attempt, call),
    isContent: () => true,
    bytes: () => 0,
  };
}

async function* embedOnce(
  { adapter, deployment }: Target,
  attempt: RunningAttempt,
  call: EmbedCall,
): AsyncGenerator<ResultEvent, Finish> {
  if (adapter.embed === undefined) {
    throw new AdapterError('unsupported', `the driver of ${deployment.name} makes no embeddings`);
  }
  const work = adapter.embed({ ...call, traceHeaders: attempt.traceHeaders }, attempt.signal);
  const result = await attempt.wait(work);
  yield { type: 'result', result };
  return { usage: result.usage };
}
