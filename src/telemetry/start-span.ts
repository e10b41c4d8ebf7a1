import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly parent: Context;
}

/** Attributes are set after the start: those given with it are checked and copied twice for the sampler, and none of the SDK's looks at them. */
export function startSpan(tracer: Tracer, { name, kind, attributes, parent }: SpanStart): Span {
  const span = tracer.startSpan(name, { kind }, parent);
  return span.setAttributes(attributes);
}
