import type { ModelCall, StreamPart } from '../../adapters/contract.ts';
import { AdapterError } from '../../adapters/errors.ts';
import type { DeltaPart } from '../domain/answer.ts';
import type { RunningAttempt, Target } from './attempt.ts';
import type { ExecutionEvent, ExecutionOptions } from './execution.ts';
import type { Work } from './opening.ts';
import { tryTargets } from './try-targets.ts';

type FinishPart = Extract<StreamPart, { readonly type: 'finish' }>;

interface PartEvent {
  readonly type: 'part';
  readonly part: DeltaPart;
}

export type { AdapterBug, AttemptScope, Target } from './attempt.ts';

export type GenerationExecutionEvent = ExecutionEvent<PartEvent, FinishPart>;

export interface ExecuteOptions extends Omit<ExecutionOptions, 'whole' | 'hedgeable'> {
  readonly call: ModelCall;
}

/**
 * Answers one call by the best target that can. The events are attempts that failed, then the parts of one answer, then `finished`;
 * no attempt fails over once content has been handed out. Throws `ExecutionFailure`.
 */
export function execute({
  call,
  ...options
}: ExecuteOptions): AsyncGenerator<GenerationExecutionEvent, void> {
  const whole = call.whole === true;
  // A tool may have been called by the time that the second answer comes.
  const hedgeable = call.tools === undefined || call.tools.length === 0;
  return tryTargets({ ...options, whole, hedgeable }, generation(call));
}

function generation(call: ModelCall): Work<PartEvent, FinishPart> {
  return {
    start: (target, attempt) => streamParts(target, attempt, call),
    isContent: ({ part }) => part.type === 'tool-call-delta' || /\S/.test(part.text),
    bytes: ({ part }) => (part.type === 'tool-call-delta' ? part.argumentsDelta : part.text).length,
  };
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
        attempt.partCame();
        yield { type: 'part', part };
      }
    }
  } finally {
    await attempt.release(iterator);
  }
}
