import type { CallScope } from '../call-scope.ts';
import type { ModelCall, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createAnswerReader } from './answer.ts';
import { startDeadlines, wholeLimits, type Deadlines } from './deadlines.ts';
import type { Deployment } from './deployment.ts';
import { toAdapterError } from './failure.ts';
import { openReply, type Batch, type Reply } from './reply.ts';

type FinishPart = Extract<StreamPart, { readonly type: 'finish' }>;
type Result = IteratorResult<StreamPart, undefined>;

const over: Result = { done: true, value: undefined };
const nothing: Batch = { parts: [] };

/**
 * The parts of one answer, streamed, or fetched in one piece where nobody reads it before it is whole. No generator: what has come at once
 * is handed out at once, and leaving does not queue behind a part that is awaited.
 */
export class AnswerParts implements AsyncIterableIterator<StreamPart, undefined, undefined> {
  readonly #deployment: Deployment;
  readonly #call: ModelCall;
  readonly #scope: CallScope;
  readonly #answer = createAnswerReader();
  #deadlines: Deadlines | undefined;
  #reply: Reply | undefined;
  /** What has come, and how many of its parts have been handed out. */
  #batch = nothing;
  #handedOut = 0;
  #isOver = false;

  constructor(deployment: Deployment, call: ModelCall, scope: CallScope) {
    this.#deployment = deployment;
    this.#call = call;
    this.#scope = scope;
  }

  next(): Promise<Result> {
    const part = this.#scope.failure === undefined ? this.#batch.parts[this.#handedOut] : undefined;
    if (part === undefined) return this.#isOver ? Promise.resolve(over) : this.#advance();
    this.#handedOut += 1;
    return Promise.resolve({ done: false, value: part });
  }

  return(): Promise<Result> {
    this.#scope.leave();
    this.#end();
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #advance(): Promise<Result> {
    try {
      const part = await this.#nextOfReply();
      if (part !== undefined) return { done: false, value: part };
      return { done: false, value: this.#complete() };
    } catch (error) {
      return this.#finishOrThrow(error);
    }
  }

  /** The first part of what comes next; the others wait for `next`. `undefined` at the end of the reply. */
  async #nextOfReply(): Promise<StreamPart | undefined> {
    this.#reply ??= this.#begin();
    this.#scope.throwIfInterrupted();
    for (;;) {
      if (this.#batch.error !== undefined) throw this.#batch.error;
      const batch = await this.#reply.read();
      if (batch === undefined) return undefined;
      this.#batch = batch.isLast === true ? { parts: [...batch.parts, this.#complete()] } : batch;
      this.#handedOut = 1;
      const [first] = this.#batch.parts;
      if (first !== undefined) return first;
    }
  }

  /** The reply has come to its end; what is left to tell is how. */
  #complete(): FinishPart {
    const finish = this.#answer.finish();
    if (finish === undefined) throw cutOff(this.#deployment.name);
    this.#scope.complete();
    this.#end();
    return finish;
  }

  #begin(): Reply {
    this.#scope.begin();
    const { client, context, options } = this.#deployment;
    const limits = this.#call.whole === true ? wholeLimits(options.timeouts) : options.timeouts;
    // The pool of sockets bounds `connectMs` of the deployment itself.
    const deadlines = startDeadlines(
      context.clock,
      { ...limits, connectMs: this.#call.connectMs },
      this.#scope.interrupt,
    );
    client.whenConnected(this.#scope.signal, () => deadlines.connected());
    this.#deadlines = deadlines;
    const progress = { scope: this.#scope, deadlines, answer: this.#answer };
    return openReply(this.#deployment, this.#call, progress);
  }

  /** Only the usage is lost where the stream breaks after the model has said why it stopped. */
  #finishOrThrow(error: unknown): Result {
    const { name, context } = this.#deployment;
    const failure = this.#scope.failure ?? toAdapterError(error, this.#deployment, promptTexts(this.#call));
    const finish = this.#answer.finish();
    this.#end();
    if (failure.kind === 'aborted' || finish === undefined) throw failure;
    context.log.warn(
      { deployment: name, kind: failure.kind },
      'the stream broke after the end of the answer, before its usage',
    );
    return { done: false, value: finish };
  }

  #end(): void {
    this.#isOver = true;
    this.#batch = nothing;
    this.#reply?.leave();
    this.#deadlines?.stop();
    this.#scope.end();
  }
}

function cutOff(name: string): AdapterError {
  return new AdapterError('stream-cut', `${name} ended its stream without saying why it stopped`);
}

/** Every text of a call, for telling quotations of it. */
function promptTexts({ messages }: ModelCall): readonly string[] {
  return messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
  );
}
