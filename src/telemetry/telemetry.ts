import { metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Attempt } from '../domain/attempt.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { GenerationRequest, ReadingTask } from '../domain/request.ts';
import { startAttemptSpan, type AttemptSpan } from './attempt-span.ts';
import { startGenerationSpan, type CaptureContent, type GenerationSpan } from './generation-span.ts';
import type { LocalModelsReading } from './local-metrics.ts';
import { createMetrics, type BreakerReading, type LimiterReading } from './metrics.ts';
import { startOperationSpan, type Operation, type OperationSpan } from './operation-span.ts';
import type { TraceScope } from './trace-scope.ts';

export type { AttemptSpan } from './attempt-span.ts';
export type { CaptureContent, GenerationSpan } from './generation-span.ts';
export type { HeaderReader, Operation, OperationSpan } from './operation-span.ts';
export type { TraceScope } from './trace-scope.ts';

/** The spans and metrics of the gateway. Every start has exactly one end. */
export interface Telemetry {
  startOperation(operation: Operation): OperationSpan;
  startGeneration(
    parent: TraceScope | undefined,
    request: GenerationRequest,
    generationId: string,
  ): GenerationSpan;
  startReading(parent: TraceScope | undefined, task: ReadingTask, deployment: Deployment): AttemptSpan;
  /** Reports the breakers that `read` lists, each time metrics are collected. */
  observeBreakers(read: () => Iterable<BreakerReading>): void;
  observeLimiters(read: () => Iterable<LimiterReading>): void;
  observeLocalModels(read: () => LocalModelsReading): void;
  /** How late the event loop was at one tick of its monitor. */
  eventLoopTicked(lagMs: number): void;
}

export interface TelemetryOptions {
  /** Whether prompts and answers go into spans. @default 'none' */
  readonly captureContent?: CaptureContent;
}

/** The GenAI conventions have a name for embeddings only; the others are the words of the field. */
const readingOperations = { embed: 'embeddings', classify: 'classify', rerank: 'rerank' } as const;

const instrumentationName = 'switchyard';

/** Writes to the SDK that `startTelemetry` has set up; without one nothing is recorded. */
export function createTelemetry({ captureContent = 'none' }: TelemetryOptions = {}): Telemetry {
  const tracer = trace.getTracer(instrumentationName);
  const recorder = createMetrics(metrics.getMeter(instrumentationName));
  return {
    startOperation: (operation) => startOperationSpan(tracer, operation),
    startGeneration(parent, request, generationId) {
      recorder.generationStarted();
      const span = startGenerationSpan({
        tracer,
        parent: parent?.context ?? ROOT_CONTEXT,
        request,
        generationId,
        captureContent,
      });
      return {
        ...span,
        end(outcome) {
          span.end(outcome);
          recorder.generationEnded(outcome);
        },
      };
    },
    startReading(parent, task, deployment) {
      const operation = readingOperations[task];
      const span = startAttemptSpan({
        tracer,
        parent: parent?.context ?? ROOT_CONTEXT,
        operation,
        deployment,
        attributes: {},
      });
      return {
        ...span,
        end(attempt: Attempt, finish) {
          span.end(attempt, finish);
          recorder.hasRead(operation, attempt, finish?.usage);
        },
      };
    },
    observeBreakers: (read) => recorder.observeBreakers(read),
    observeLimiters: (read) => recorder.observeLimiters(read),
    observeLocalModels: (read) => recorder.observeLocalModels(read),
    eventLoopTicked: (lagMs) => recorder.eventLoopTicked(lagMs),
  };
}
