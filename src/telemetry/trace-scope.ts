import { isSpanContextValid, trace, type Context, type Span } from '@opentelemetry/api';

/** A place in a trace, handed on from call to call: async generators lose what async context stores. */
export interface TraceScope {
  /** 32 hex digits, for logs; `undefined` where nothing is traced. */
  readonly traceId: string | undefined;
  /** 16 hex digits; `undefined` where nothing is traced. */
  readonly spanId: string | undefined;
  /** Parent of the spans below; only this folder looks inside. */
  readonly context: Context;
}

export function scopeOf(span: Span, parent: Context): TraceScope {
  const spanContext = span.spanContext();
  const traced = isSpanContextValid(spanContext);
  return {
    traceId: traced ? spanContext.traceId : undefined,
    spanId: traced ? spanContext.spanId : undefined,
    context: trace.setSpan(parent, span),
  };
}
