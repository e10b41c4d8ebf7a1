import { getOperationAST, GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { HeaderReader, Operation, OperationSpan, TraceScope } from '../telemetry/telemetry.ts';
import { endingWith } from './ending-with.ts';
import { maskedResult, reportBug } from './mask-errors.ts';
import { createOverload } from './overload.ts';
import { refusalOfVariables } from './variable-limit.ts';

/** What an operation knows of the world outside. */
export interface OperationContext {
  /** Aborts when the client goes away or ends the operation. */
  readonly signal: AbortSignal;
  readonly scope: TraceScope;
  /** A root field could not be served for want of capacity; where that is so of all, the reply says it over HTTP as well. */
  readonly overloaded: (retryAfterMs: number) => void;
}

/** Who sent an operation. */
export interface Client {
  readonly headers: HeaderReader;
  /** Aborts when the client goes away, or by `leave`. */
  readonly signal: AbortSignal;
  /** The client does not want the rest of this operation. */
  readonly leave: () => void;
}

export type OperationResult = ExecutionResult | AsyncIterableIterator<ExecutionResult>;
type Run = (args: ExecutionArgs) => OperationResult | Promise<OperationResult>;

/** The operations under way, whatever way they came. */
export interface Operations {
  /** Runs one operation: gives it its context, follows it to its last event, and ends its span. */
  run(run: Run, args: ExecutionArgs, client: Client): Promise<OperationResult>;
  draining(): boolean;
  drain(limitMs: number): Promise<void>;
}

export interface OperationsOptions {
  readonly createContext: (operation: OperationContext) => object;
  readonly observeOperation: (operation: Operation) => OperationSpan;
  readonly clock: Clock;
  readonly log: Log;
}

export function createOperations({
  createContext,
  observeOperation,
  clock,
  log,
}: OperationsOptions): Operations {
  const underWay = new Set<OperationSpan>();
  const drained = Promise.withResolvers<void>();
  let draining = false;

  function begin(args: ExecutionArgs, { headers }: Client): OperationSpan {
    const node = getOperationAST(args.document, args.operationName);
    const span = observeOperation({ type: node?.operation ?? 'query', name: node?.name?.value, headers });
    underWay.add(span);
    return span;
  }

  function end(span: OperationSpan, problem?: { readonly errorType: string }): void {
    if (!underWay.delete(span)) return;
    span.end(problem);
    if (draining && underWay.size === 0) drained.resolve();
  }

  return {
    async run(run, args, client) {
      if (draining) return shuttingDown;
      const refusal = refusalOfVariables(args.variableValues);
      if (refusal !== undefined) return { errors: [refusal] };
      const span = begin(args, client);
      const report = { log, scope: span.scope };
      // Each operation has a context of its own, made by the GraphQL server; resolvers find ours in it.
      const overload = createOverload();
      const { overloaded } = overload;
      Object.assign(contextOf(args), createContext({ signal: client.signal, scope: span.scope, overloaded }));
      try {
        const result = await run(args);
        if (Symbol.asyncIterator in result) {
          return endingWith(result, {
            leave: client.leave,
            each: (value) => maskedResult(value, report),
            fail: (error) => ({ errors: [reportBug(error, report)] }),
            end: (error) => end(span, error === undefined ? undefined : { errorType: 'INTERNAL_ERROR' }),
          });
        }
        const shown = overload.toldIn(maskedResult(result, report));
        end(span, problemOf(shown));
        return shown;
      } catch (error) {
        end(span, { errorType: 'INTERNAL_ERROR' });
        throw error;
      }
    },
    draining: () => draining,
    async drain(limitMs) {
      draining = true;
      if (underWay.size === 0) return;
      const cancel = clock.after(limitMs, drained.resolve);
      await drained.promise;
      cancel();
    },
  };
}

function contextOf({ contextValue }: ExecutionArgs): object {
  if (typeof contextValue === 'object' && contextValue !== null) return contextValue;
  throw new TypeError('An operation has no context.');
}

const shuttingDown: ExecutionResult = {
  errors: [
    new GraphQLError('The gateway is shutting down; try again.', {
      extensions: { code: 'SERVER_SHUTDOWN', http: { status: 503, headers: { connection: 'close' } } },
    }),
  ],
};

function problemOf({ errors }: ExecutionResult): { readonly errorType: string } | undefined {
  const [first] = errors ?? [];
  if (first === undefined) return undefined;
  const code: unknown = first.extensions['code'];
  return { errorType: typeof code === 'string' ? code : 'GRAPHQL_ERROR' };
}
