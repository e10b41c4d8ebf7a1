import type { ModelCall, StreamPart } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { DeltaPart } from '../domain/answer.ts';
import type { RunningAttempt, Target } from './attempt.ts';
import { tryTargets, type ExecutionOptions, type FallbackEvent } from './fallback.ts';

export type { AdapterBug, AttemptScope, Target } from './attempt.ts';

type FinishPart = Extract<StreamPart, { readonly type: 'finish' }>;

interface PartEvent {
  readonly type: 'part';
  readonly part: DeltaPart;
}

export type ExecutionEvent = FallbackEvent<PartEvent, FinishPart>;

export interface ExecuteOptions extends ExecutionOptions {
  readonly call: ModelCall;
}

/**
 * Answers one call by the best target that can. The events are failed attempts, then the parts of one answer, then `finished`;
 * no attempt fails over once a part has been handed out. Throws `ExecutionFailure`.
 */
export function execute({ call, ...options }: ExecuteOptions): AsyncGenerator<ExecutionEvent, void> {
  return tryTargets(options, (target, attempt) => streamParts(target, attempt, call));
}

async function* streamParts(
  { adapter, deployment }: Target,
  attempt: RunningAttempt,
  call: ModelCall,
): AsyncGenerator<PartEvent, FinishPart> {
  if (adapter.generate === undefined) {
    throw new AdapterError('unsupported', `the driver of ${deployment.name} generates no text`);
  }
  const stream = adapter.generate({ ...call, traceHeaders: attempt.traceHeaders }, attempt.signal);
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value: part } = await attempt.wait(iterator.next());
      if (done === true) throw new AdapterError('stream-cut', 'the stream ended without a finish part');
      if (part.type === 'finish') return part;
      if (part.type === 'response-metadata') {
        attempt.metadata(part);
      } else {
        attempt.commit();
        yield { type: 'part', part };
      }
    }
  } finally {
    await attempt.release(iterator);
  }
}
