import {
  propagation,
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type Context,
  type Tracer,
} from '@opentelemetry/api';
import type { FinishReason, TokenUsage } from '../../adapters/contract.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import { errorType, genAi, switchyard } from './semconv.ts';
import { startSpan } from './start-span.ts';
import { scopeOf } from './trace-scope.ts';

/** What the model said about its answer; see `StreamPart`. */
export interface ResponseMetadata {
  readonly responseId?: string;
  readonly responseModel?: string;
}

/** How a whole answer ended. Embeddings have no reason. */
export interface Finish {
  readonly reason?: FinishReason;
  readonly usage: TokenUsage;
}

/** One call to one deployment. */
export interface AttemptSpan {
  /** Carry the trace to the provider (`traceparent`, `tracestate`); empty where nothing is traced. */
  readonly traceHeaders: Readonly<Record<string, string>>;
  metadata(part: ResponseMetadata): void;
  /** Ends the span: when the stream has ended, not when it began. */
  end(attempt: Attempt, finish?: Finish): void;
}

/** `gen_ai.operation.name`. */
export type ModelOperation = 'chat' | 'embeddings' | 'classify' | 'rerank';

export interface AttemptSpanOptions {
  readonly tracer: Tracer;
  readonly parent: Context;
  readonly operation: ModelOperation;
  readonly deployment: Deployment;
  /** Of the request. */
  readonly attributes: Attributes;
}

/** The client span of the GenAI conventions; internal where the model runs on this machine. */
export function startAttemptSpan(options: AttemptSpanOptions): AttemptSpan {
  const { tracer, parent, operation, deployment } = options;
  const span = startSpan(tracer, {
    name: `${operation} ${deployment.model}`,
    // A model on this machine runs in another process too.
    kind: SpanKind.CLIENT,
    attributes: { ...deploymentAttributes(operation, deployment), ...options.attributes },
    parent,
  });
  const traceHeaders: Record<string, string> = {};
  propagation.inject(scopeOf(span, parent).context, traceHeaders);
  return {
    traceHeaders,
    metadata(part) {
      span.setAttributes({
        [genAi.responseId]: part.responseId,
        [genAi.responseModel]: part.responseModel,
      });
    },
    end(attempt, finish) {
      span.setAttributes(endAttributes(attempt, finish));
      if (attempt.outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** Who serves. All three come from the catalogue, so they are few enough for metrics. */
export function deploymentAttributes(
  operation: AttemptSpanOptions['operation'],
  deployment: Deployment,
): Attributes {
  return {
    [genAi.operationName]: operation,
    [genAi.providerName]: deployment.kind,
    [genAi.requestModel]: deployment.model,
    [switchyard.deployment]: deployment.name,
  };
}

function endAttributes(attempt: Attempt, finish: Finish | undefined): Attributes {
  const { firstTokenMs, problem } = attempt;
  const reason = finish?.reason;
  return {
    [switchyard.outcome]: attempt.outcome,
    [switchyard.queuedMs]: attempt.queuedMs,
    [errorType]: problem?.code,
    [genAi.responseTimeToFirstChunk]: firstTokenMs === undefined ? undefined : firstTokenMs / 1000,
    [genAi.responseFinishReasons]: reason === undefined ? undefined : [reason.raw ?? reason.unified],
    [genAi.usageInputTokens]: finish?.usage.inputTokens,
    [genAi.usageOutputTokens]: finish?.usage.outputTokens,
    [genAi.usageCacheReadInputTokens]: finish?.usage.cachedInputTokens,
    [genAi.usageReasoningOutputTokens]: finish?.usage.reasoningTokens,
  };
}
