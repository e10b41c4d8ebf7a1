import {
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
} from '@opentelemetry/api';
import { errorType, graphql } from './semconv.ts';
import { startSpan } from './start-span.ts';
import { scopeOf, type TraceScope } from './trace-scope.ts';

export interface Operation {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly name: string | undefined;
  /** Headers of the request; a trace that the client started goes on. */
  readonly headers: HeaderReader;
}

/** The part of `Headers` that is read. */
export interface HeaderReader {
  get(name: string): string | null | undefined;
}

export interface OperationSpan {
  readonly scope: TraceScope;
  /**
   * Ends the span: after the last event of a subscription, else with the response. `errorType` is a code
   * of ours. There is no message, for those of GraphQL quote the variables, and so the prompt.
   */
  end(problem?: { readonly errorType: string }): void;
}

// The client writes the name, and a name may be as long as a document.
const maxNameLength = 128;

/** One span for a GraphQL operation. Its name holds no more than the type, so that names stay few. */
export function startOperationSpan(tracer: Tracer, { type, name, headers }: Operation): OperationSpan {
  const parent = propagation.extract(ROOT_CONTEXT, headers, headerGetter);
  const attributes = {
    [graphql.operationType]: type,
    [graphql.operationName]: name?.slice(0, maxNameLength),
  };
  const span = startSpan(tracer, { name: type, kind: SpanKind.SERVER, attributes, parent });
  return {
    scope: scopeOf(span, parent),
    end(problem) {
      if (problem !== undefined) {
        span.setAttribute(errorType, problem.errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

const headerGetter: TextMapGetter<HeaderReader> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  // Only propagators of other formats list the names; the ones of W3C ask by name.
  keys: () => [],
};
