import { AdapterError } from '../../errors.ts';
import { createCallQueue, type BegunCall } from './call-queue.ts';
import type { EnginePart, EngineRequest } from './protocol.ts';
import type { Sequence } from './sequence.ts';

/** Where the parts of an accepted call go: the last part is `finish`, or `failed` is called once. */
export interface EngineSink {
  part(part: EnginePart): void;
  failed(error: AdapterError): void;
}

export interface EngineCall {
  /** Allows that many more parts. */
  grant(credit: number): void;
  /** Ends the call with `aborted`; a call that has ended stays as it is. */
  cancel(): void;
}

export interface Engine {
  /**
   * Queues a request. The credit is how many parts may be made before more is granted.
   * Throws `AdapterError` for a request that is refused at once.
   */
  generate(request: EngineRequest, sink: EngineSink, credit: number): EngineCall;
}

export interface EngineOptions {
  /** Makes the prompt; throws `AdapterError` for a request that cannot be served. */
  readonly encode: (request: EngineRequest) => readonly number[];
  readonly open: (request: EngineRequest, promptTokens: readonly number[]) => Sequence;
  /** Requests that may wait besides those being worked on. */
  readonly maxQueue: number;
  readonly monotonicMs: () => number;
  /** Told of an error that is no call's fault. */
  readonly onFatal: (error: unknown) => void;
}

interface Call {
  readonly request: EngineRequest;
  readonly sink: EngineSink;
  readonly promptTokens: readonly number[];
  readonly queuedAtMs: number;
  credit: number;
}

/** Works on one call at a time, step by step, as long as there is a call that can go on. */
export function createEngine(options: EngineOptions): Engine {
  const queue = createCallQueue<Call>({ maxQueue: options.maxQueue, begin });
  let working = false;

  function begin(call: Call): Sequence {
    give(call, { type: 'started', queuedMs: options.monotonicMs() - call.queuedAtMs });
    return options.open(call.request, call.promptTokens);
  }

  async function work(): Promise<void> {
    try {
      for (let next = queue.next(); next !== undefined; next = queue.next()) await step(next);
    } finally {
      working = false;
    }
  }

  async function step({ call, sequence }: BegunCall<Call>): Promise<void> {
    try {
      const { text, finish } = await sequence.advance();
      if (!queue.has(call)) return;
      if (text !== '') give(call, { type: 'text', text });
      if (finish === undefined) return;
      queue.remove(call);
      const inputTokens = call.promptTokens.length;
      const outputTokens = sequence.outputTokens();
      give(call, { type: 'finish', reason: finish, inputTokens, outputTokens });
    } catch (cause) {
      if (queue.remove(call)) call.sink.failed(runFailure(cause));
    }
  }

  function wake(): void {
    if (working) return;
    working = true;
    work().catch(options.onFatal);
  }

  function cancel(call: Call): void {
    if (!queue.remove(call)) return;
    call.sink.failed(new AdapterError('aborted', 'the caller aborted the call'));
    wake();
  }

  return {
    generate(request, sink, credit) {
      queue.ensureRoom();
      const promptTokens = options.encode(request);
      const call: Call = { request, sink, promptTokens, queuedAtMs: options.monotonicMs(), credit };
      queue.add(call);
      wake();
      return {
        grant(more) {
          call.credit += more;
          wake();
        },
        cancel: () => cancel(call),
      };
    },
  };
}

function give(call: Call, part: EnginePart): void {
  call.credit -= 1;
  call.sink.part(part);
}

function runFailure(cause: unknown): AdapterError {
  const detail = cause instanceof Error ? cause.message : 'unknown error';
  return new AdapterError('unavailable', `the model failed while answering: ${detail}`, { cause });
}
