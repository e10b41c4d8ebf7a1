import type { EmbedCall, EmbedResult } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { Finish, RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import { tryTargets, type Success } from './try-targets.ts';
import type { PieceSource, Work } from './work.ts';

export interface ExecuteEmbedOptions extends ExecutionOptions {
  readonly call: EmbedCall;
}

interface EmbedEnd extends Finish {
  readonly result: EmbedResult;
}

/**
 * Embeds by the best target that can, on the rules of `execute`.
 * @throws ExecutionFailure
 */
export async function executeEmbed(options: ExecuteEmbedOptions): Promise<Success<EmbedEnd>> {
  return await tryTargets(options, embedding(options));
}

function embedding({ call }: ExecuteEmbedOptions): Work<never, EmbedEnd> {
  return {
    whole: true,
    hedgeable: true,
    start: (target, attempt) => embeddingSource(target, attempt, call),
    isContent: () => true,
    bytes: () => 0,
    deliver: () => undefined,
  };
}

/** Has no pieces: all vectors come at the end. */
function embeddingSource(
  { adapter, deployment }: Target,
  attempt: RunningAttempt,
  call: EmbedCall,
): PieceSource<never, EmbedEnd> {
  return {
    async next() {
      if (adapter.embed === undefined) {
        throw new AdapterError('unsupported', `the driver of ${deployment.name} makes no embeddings`);
      }
      const work = adapter.embed({ ...call, traceHeaders: attempt.traceHeaders }, attempt.signal);
      const result = await attempt.wait(work);
      return { type: 'end', end: { result, usage: result.usage } };
    },
    release: () => Promise.resolve(),
  };
}
