import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { clientGone } from './client-gone.ts';
import type { Client, OperationResult, Operations } from './operations.ts';

type Execute = (args: ExecutionArgs) => OperationResult | Promise<OperationResult>;

/** Hands every operation, queries and subscriptions alike, to `operations`. */
export function useOperations(operations: Operations): Plugin {
  const followed = (execute: Execute) => (args: ExecutionArgs) =>
    operations.run(execute, args, clientOf(args.contextValue));
  return {
    onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(followed(executeFn)),
    // Ends the hooks: those after it would put two more iterators around each stream, to mask what is masked already.
    async onSubscribe({ subscribeFn, args, setResultAndStopExecution }) {
      setResultAndStopExecution(await operations.run(subscribeFn, args, clientOf(args.contextValue)));
    },
  };
}

/** Over HTTP the request is in the context; other transports put their client there. */
function clientOf(context: unknown): Client {
  if (typeof context !== 'object' || context === null) throw new TypeError('An operation has no context.');
  // Put there by `Pipeline.contextFor`.
  if ('client' in context) return context.client as Client;
  if ('request' in context && context.request instanceof Object) {
    // Put there by yoga, whose Request may be of another class than the global one.
    const { headers, signal } = context.request as Request;
    const leaving = new AbortController();
    return {
      headers,
      signal: AbortSignal.any([signal, leaving.signal]),
      leave: () => leaving.abort(clientGone),
    };
  }
  throw new TypeError('An operation has no client.');
}
