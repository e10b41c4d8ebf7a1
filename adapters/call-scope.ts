import { AdapterError } from './errors.ts';

/**
 * What stops one call: its caller's signal, the adapter's `close()`, a consumer that leaves, or a deadline of the driver.
 * The first of them wins, and `failure` is the error that the call then throws.
 */
export interface CallScope {
  /** Aborts with the call; its reason is `failure`. */
  readonly signal: AbortSignal;
  /** Why the call was stopped; `undefined` while it may go on. */
  readonly failure: AdapterError | undefined;
  /** Starts to listen. Throws where the call is stopped already. */
  readonly begin: () => void;
  /** Stops the call unless it is stopped already. */
  readonly interrupt: (failure: AdapterError) => void;
  /** Stops the call, if it still runs: nobody wants the rest. */
  readonly leave: () => void;
  readonly throwIfInterrupted: () => void;
  /** The model has nothing more to do for the call: stops listening without aborting anything. */
  readonly complete: () => void;
  /** Stops listening, and aborts what still runs unless the call is complete. Safe to call twice. */
  readonly end: () => void;
}

/** The calls of one adapter that are under way. */
export interface CallScopes {
  open(callerSignal: AbortSignal): CallScope;
  /** Ends every call with `aborted`, and lets none begin any more. */
  close(): void;
}

export function createCallScopes(deployment: string): CallScopes {
  const underWay = new Set<CallScope>();
  let closed: AdapterError | undefined;
  return {
    open(callerSignal) {
      const controller = new AbortController();
      let failure: AdapterError | undefined;
      let complete = false;
      const onAbort = (): void =>
        scope.interrupt(new AdapterError('aborted', `the caller of ${deployment} aborted the call`));
      const scope: CallScope = {
        signal: controller.signal,
        get failure() {
          return failure;
        },
        begin() {
          if (callerSignal.aborted) onAbort();
          if (closed !== undefined) scope.interrupt(closed);
          scope.throwIfInterrupted();
          callerSignal.addEventListener('abort', onAbort, { once: true });
          underWay.add(scope);
        },
        interrupt(reason) {
          if (failure !== undefined || complete) return;
          failure = reason;
          controller.abort(reason);
        },
        leave() {
          // An error takes its stack even where nobody will see it.
          if (failure === undefined && !complete) {
            scope.interrupt(new AdapterError('aborted', `the consumer of ${deployment} left the call`));
          }
        },
        throwIfInterrupted() {
          if (failure !== undefined) throw failure;
        },
        complete() {
          complete = true;
          callerSignal.removeEventListener('abort', onAbort);
          underWay.delete(scope);
        },
        end() {
          scope.leave();
          scope.complete();
        },
      };
      return scope;
    },
    close() {
      closed ??= new AdapterError('aborted', `the adapter of ${deployment} is closed`);
      for (const scope of underWay) scope.interrupt(closed);
    },
  };
}

/**
 * The generator as an iterator whose `return()` also stops the wait for a part. A generator alone would queue the
 * `return()` behind that wait.
 */
export function leavable<Part>(
  generator: AsyncGenerator<Part, void, undefined>,
  scope: CallScope,
): AsyncIterableIterator<Part, void, undefined> {
  return {
    next: () => generator.next(),
    async return() {
      scope.leave();
      try {
        return await generator.return();
      } catch (error) {
        // What the generator was reading may answer the interruption with its reason, which is no news to who left.
        if (error !== scope.failure) throw error;
        return { done: true, value: undefined };
      }
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
