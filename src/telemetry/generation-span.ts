import { SpanKind, SpanStatusCode, type Attributes, type Context, type Tracer } from '@opentelemetry/api';
import type { Deployment } from '../domain/deployment.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Plan } from '../domain/plan.ts';
import type { GenerationRequest } from '../domain/request.ts';
import { startAttemptSpan, type AttemptSpan } from './attempt-span.ts';
import { contentAttributes } from './content.ts';
import { factsOf, type OutcomeFacts } from './outcome-facts.ts';
import { errorType, genAi, switchyard } from './semconv.ts';
import { startSpan } from './start-span.ts';
import { scopeOf, type TraceScope } from './trace-scope.ts';

/** Whether prompts and answers go into spans. They never go into metrics. */
export type CaptureContent = 'none' | 'full';

/** How a model is asked. */
export interface AttemptForm {
  /** The answer is wanted in one piece, not as a stream. */
  readonly whole: boolean;
}

/** One generation, all its attempts together. */
export interface GenerationSpan {
  readonly scope: TraceScope;
  planned(plan: Plan): void;
  startAttempt(deployment: Deployment, form: AttemptForm): AttemptSpan;
  /** The one outcome of the generation; ends the span. Called once. */
  end(outcome: Outcome): void;
}

export interface GenerationSpanOptions {
  readonly tracer: Tracer;
  readonly parent: Context;
  readonly request: GenerationRequest;
  readonly generationId: string;
  readonly captureContent: CaptureContent;
}

const maxModelLength = 128;

export function startGenerationSpan(options: GenerationSpanOptions): GenerationSpan {
  const { tracer, parent, request, generationId, captureContent } = options;
  const attributes = {
    [switchyard.generationId]: generationId,
    [switchyard.requestedModel]: request.model.slice(0, maxModelLength),
  };
  const span = startSpan(tracer, { name: 'generate', kind: SpanKind.INTERNAL, attributes, parent });
  const scope = scopeOf(span, parent);
  return {
    scope,
    planned: (plan) => span.setAttributes(planAttributes(plan)),
    startAttempt: (deployment, form) =>
      startAttemptSpan({
        tracer,
        parent: scope.context,
        operation: 'chat',
        deployment,
        attributes: requestAttributes(request, form),
      }),
    end(outcome) {
      const facts = factsOf(outcome);
      span.setAttributes(outcomeAttributes(outcome, facts));
      if (captureContent === 'full' && span.isRecording()) span.setAttributes(contentAttributes(outcome));
      if (facts.state === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** The convention asks for the stream and the type of the output only where they are not what goes without saying. */
function requestAttributes(
  { sampling, responseFormat }: GenerationRequest,
  { whole }: AttemptForm,
): Attributes {
  const json = responseFormat !== undefined && responseFormat.type !== 'text';
  return {
    [genAi.requestStream]: whole ? undefined : true,
    [genAi.outputType]: json ? 'json' : undefined,
    [genAi.requestMaxTokens]: sampling.maxOutputTokens,
    [genAi.requestTemperature]: sampling.temperature,
    [genAi.requestTopP]: sampling.topP,
    [genAi.requestTopK]: sampling.topK,
    [genAi.requestSeed]: sampling.seed,
    [genAi.requestPresencePenalty]: sampling.presencePenalty,
    [genAi.requestFrequencyPenalty]: sampling.frequencyPenalty,
  };
}

function planAttributes({ policy, candidates, rejected }: Plan): Attributes {
  return {
    [switchyard.planPolicy]: policy,
    [switchyard.planCandidateCount]: candidates.length,
    [switchyard.planChosen]: candidates[0]?.deployment.name,
    [switchyard.planRejected]:
      rejected.length === 0
        ? undefined
        : rejected.map(({ deployment, code }) => `${deployment.name}:${code}`),
  };
}

function outcomeAttributes({ attempts }: Outcome, facts: OutcomeFacts): Attributes {
  return {
    [switchyard.outcome]: facts.state,
    [switchyard.attemptCount]: attempts.length,
    [switchyard.deployment]: facts.servedBy?.name,
    [switchyard.cacheResult]: facts.cacheResult,
    [switchyard.costUsd]: facts.costUsd,
    [errorType]: facts.problemCode,
  };
}
