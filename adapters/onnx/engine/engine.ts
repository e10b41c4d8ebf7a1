import { AdapterError } from '../../errors.ts';
import { createCallQueue, type QueuedCall } from './call-queue.ts';
import type { Decoder } from './decoder.ts';
import type { EncodedPrompt } from './encoded-prompt.ts';
import type { EnginePart, EngineRequest } from './protocol.ts';
import { createSchedule } from './schedule.ts';
import type { Sequence } from './sequence.ts';
import type { WorkMeter } from './work-meter.ts';

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
  readonly decoder: Pick<Decoder, 'run'>;
  /** Makes the prompt; rejects with `AdapterError` for a request that cannot be served. */
  readonly encode: (request: EngineRequest) => Promise<EncodedPrompt>;
  readonly open: (request: EngineRequest, prompt: EncodedPrompt) => Sequence;
  /** Requests that are worked on at once. */
  readonly slots: number;
  /** Requests that may wait besides those being worked on. */
  readonly maxQueue: number;
  readonly monotonicMs: () => number;
  readonly meter: Omit<WorkMeter, 'encoded' | 'take'>;
  /** Told of an error that is no call's fault. */
  readonly onFatal: (error: unknown) => void;
}

/** Where a call is on its way through the engine. */
type Stage =
  | { readonly type: 'encoding' }
  | { readonly type: 'waiting'; readonly prompt: EncodedPrompt }
  | { readonly type: 'working'; readonly sequence: Sequence }
  | { readonly type: 'ended' };

interface Call extends QueuedCall {
  readonly request: EngineRequest;
  readonly sink: EngineSink;
  readonly queuedAtMs: number;
  credit: number;
  stage: Stage;
}

/** A call that is worked on. */
interface Work {
  readonly call: Call;
  readonly sequence: Sequence;
}

export function createEngine(options: EngineOptions): Engine {
  return new BatchingEngine(options);
}

/** Continuous batching: every run of the graph serves all calls that can go on, and calls join and leave between two runs. */
class BatchingEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #queue = createCallQueue<Call>();
  readonly #works = new Map<Call, Work>();
  readonly #nextWorks = createSchedule<Work>();
  /** Sequences whose calls have ended; a run under way still uses their rows. */
  readonly #leaving: Sequence[] = [];
  #encoding = 0;
  #running = false;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  generate(request: EngineRequest, sink: EngineSink, credit: number): EngineCall {
    this.#ensureRoom();
    const { tenant, priority } = request;
    const queuedAtMs = this.#options.monotonicMs();
    const call: Call = { request, sink, tenant, priority, queuedAtMs, credit, stage: { type: 'encoding' } };
    this.#encode(call).catch(this.#options.onFatal);
    return {
      grant: (more) => {
        call.credit += more;
        this.#wake();
      },
      cancel: () => {
        this.#fail(call, new AdapterError('aborted', 'the caller aborted the call'));
        this.#wake();
      },
    };
  }

  #ensureRoom(): void {
    const { slots, maxQueue } = this.#options;
    const free = Math.max(0, slots - this.#runnable().length);
    if (this.#queue.size + this.#encoding < free + maxQueue) return;
    throw new AdapterError(
      'queue-full',
      `the model is busy and ${maxQueue} more requests are waiting, which is the limit`,
    );
  }

  async #encode(call: Call): Promise<void> {
    this.#encoding += 1;
    try {
      const prompt = await this.#options.encode(call.request);
      if (call.stage.type !== 'encoding') return prompt.constraint?.close();
      call.stage = { type: 'waiting', prompt };
      this.#queue.add(call);
    } catch (cause) {
      this.#fail(call, cause instanceof AdapterError ? cause : runFailure(cause));
    } finally {
      this.#encoding -= 1;
      this.#wake();
    }
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    this.#runWhileThereIsWork().catch(this.#options.onFatal);
  }

  async #runWhileThereIsWork(): Promise<void> {
    try {
      for (let next = this.#prepare(); next.length > 0; next = this.#prepare()) await this.#run(next);
    } finally {
      this.#running = false;
    }
  }

  /** Between two runs calls leave and join. */
  #prepare(): readonly Work[] {
    for (const sequence of this.#leaving.splice(0)) sequence.close();
    for (let call = this.#takeWaiting(); call !== undefined; call = this.#takeWaiting()) this.#begin(call);
    return this.#nextWorks(this.#runnable());
  }

  /** A consumer that does not read holds no slot, only its cache; as many as there are slots may do so. */
  #takeWaiting(): Call | undefined {
    const { slots } = this.#options;
    if (this.#works.size >= 2 * slots || this.#runnable().length >= slots) return undefined;
    return this.#queue.take(countTenants(this.#works.keys()));
  }

  #runnable(): readonly Work[] {
    return [...this.#works.values()].filter(({ call }) => call.credit > 0);
  }

  #begin(call: Call): void {
    if (call.stage.type !== 'waiting') return;
    try {
      const sequence = this.#options.open(call.request, call.stage.prompt);
      call.stage = { type: 'working', sequence };
      this.#works.set(call, { call, sequence });
      this.#options.meter.reused(sequence.cachedTokens);
      give(call, { type: 'started', queuedMs: this.#options.monotonicMs() - call.queuedAtMs });
    } catch (cause) {
      this.#fail(call, runFailure(cause));
    }
  }

  async #run(batch: readonly Work[]): Promise<void> {
    const { decoder, meter, monotonicMs } = this.#options;
    try {
      const steps = batch.map(({ sequence }) => ({ row: sequence.row, tokens: sequence.next() }));
      // The schedule puts no prompt and no answer into one run together.
      const reading = batch.some(({ sequence }) => sequence.prefilling);
      const startedMs = monotonicMs();
      const logits = await decoder.run(steps);
      const tookMs = monotonicMs() - startedMs;
      if (reading) meter.read(sum(steps.map(({ tokens }) => tokens.length)), tookMs);
      else meter.stepped(tookMs);
      for (const [index, work] of batch.entries()) this.#advance(work, logits[index]);
    } catch (cause) {
      for (const { call } of batch) this.#fail(call, runFailure(cause));
    }
  }

  #advance({ call, sequence }: Work, logits: Float32Array | undefined): void {
    if (call.stage.type !== 'working' || logits === undefined) return;
    try {
      const before = sequence.outputTokens;
      const { finish, ...gained } = sequence.advance(logits);
      this.#options.meter.wrote(sequence.outputTokens - before);
      if (gained.text !== '') give(call, { type: 'text', ...gained });
      if (finish === undefined) return;
      const { inputTokens, cachedTokens: cachedInputTokens, outputTokens } = sequence;
      give(call, { type: 'finish', reason: finish, inputTokens, cachedInputTokens, outputTokens });
      this.#end(call);
    } catch (cause) {
      this.#fail(call, runFailure(cause));
    }
  }

  #fail(call: Call, error: AdapterError): void {
    if (this.#end(call)) call.sink.failed(error);
  }

  /** Whether the call had not ended yet. */
  #end(call: Call): boolean {
    const { stage } = call;
    call.stage = { type: 'ended' };
    switch (stage.type) {
      case 'encoding':
        return true;
      case 'waiting':
        stage.prompt.constraint?.close();
        return this.#queue.remove(call);
      case 'working':
        this.#leaving.push(stage.sequence);
        return this.#works.delete(call);
      case 'ended':
        return false;
    }
  }
}

function give(call: Call, part: EnginePart): void {
  call.credit -= 1;
  call.sink.part(part);
}

function countTenants(calls: Iterable<Call>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { tenant } of calls) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function runFailure(cause: unknown): AdapterError {
  const detail = cause instanceof Error ? cause.message : 'unknown error';
  return new AdapterError('unavailable', `the model failed while answering: ${detail}`, { cause });
}
