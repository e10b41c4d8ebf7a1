import type { ModelCall, StreamPart } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { DeltaPart } from '../domain/answer.ts';
import type { Deliver } from '../platform/delivery.ts';
import type { RunningAttempt, Target } from './attempt.ts';
import type { ExecutionOptions } from './execution.ts';
import { tryTargets, type Success } from './try-targets.ts';
import type { PieceSource, Step, Work } from './work.ts';

export type { AdapterBug, AttemptScope, Target } from './attempt.ts';

type FinishPart = Extract<StreamPart, { readonly type: 'finish' }>;

export interface ExecuteOptions extends ExecutionOptions {
  readonly call: ModelCall;
  readonly onPart: Deliver<DeltaPart>;
}

/**
 * Answers one call by the best target that can: tells of the attempts that failed, then hands out the parts of one answer. No attempt
 * fails over once content has been handed out.
 * @throws ExecutionFailure
 */
export async function execute(options: ExecuteOptions): Promise<Success<FinishPart>> {
  return await tryTargets(options, generation(options));
}

function generation({ call, onPart }: ExecuteOptions): Work<DeltaPart, FinishPart> {
  return {
    whole: call.whole === true,
    // A tool may have been called by the time that the second answer comes.
    hedgeable: call.tools === undefined || call.tools.length === 0,
    start: (target, attempt) => new AnswerSource(target, attempt, call),
    isContent: (part) => part.type === 'tool-call-delta' || /\S/.test(part.text),
    bytes: (part) => (part.type === 'tool-call-delta' ? part.argumentsDelta : part.text).length,
    deliver: onPart,
  };
}

type AnswerStep = Step<DeltaPart, FinishPart>;

class AnswerSource implements PieceSource<DeltaPart, FinishPart> {
  readonly #attempt: RunningAttempt;
  readonly #parts: AsyncIterator<StreamPart>;

  constructor({ adapter, deployment }: Target, attempt: RunningAttempt, call: ModelCall) {
    if (adapter.generate === undefined) {
      throw new AdapterError('unsupported', `the driver of ${deployment.name} generates no text`);
    }
    this.#attempt = attempt;
    const traced = { ...call, traceHeaders: attempt.traceHeaders };
    this.#parts = adapter.generate(traced, attempt.signal)[Symbol.asyncIterator]();
  }

  /** No async function, which would be one more promise for every token. */
  next(): Promise<AnswerStep> {
    return this.#attempt.wait(this.#parts.next()).then(this.#read);
  }

  release(): Promise<void> {
    return this.#attempt.release(this.#parts);
  }

  readonly #read = ({ done, value: part }: IteratorResult<StreamPart>): AnswerStep | Promise<AnswerStep> => {
    if (done === true) throw new AdapterError('stream-cut', 'the stream ended without a finish part');
    if (part.type === 'finish') return { type: 'end', end: part };
    if (part.type === 'response-metadata') {
      this.#attempt.metadata(part);
      return this.next();
    }
    this.#attempt.partCame();
    return { type: 'piece', piece: part };
  };
}
