import { context, metrics, propagation, trace, type Attributes } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';

/** One series of a metric: for histograms the number of records and their sum. */
export interface Series {
  readonly labels: Attributes;
  readonly value: number | { readonly count: number; readonly sum: number | undefined };
}

export interface Recorder {
  /** Spans that have ended, in the order of their ends. */
  spans(): readonly ReadableSpan[];
  /** The one ended span of this name. */
  span(name: string): ReadableSpan;
  /** All series by the name of the metric, collected now. */
  metrics(): Promise<ReadonlyMap<string, readonly Series[]>>;
  stop(): Promise<void>;
}

/** The SDK as the product registers it, but with exporters that keep everything in memory. */
export function startRecorder(): Recorder {
  const exporter = new InMemorySpanExporter();
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 3_600_000,
  });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    metricReaders: [reader],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    spans: () => exporter.getFinishedSpans(),
    span(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      const [only] = found;
      if (only === undefined || found.length > 1) throw new Error(`${found.length} spans are called ${name}`);
      return only;
    },
    async metrics() {
      const { resourceMetrics } = await reader.collect();
      const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return new Map(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map((point) => ({ labels: point.attributes, value: plainValue(point.value) })),
        ]),
      );
    },
    async stop() {
      await sdk.shutdown();
      resetApi();
    },
  };
}

/** Forgets the registered SDK, so that the next one of the same process can register. */
export function resetApi(): void {
  trace.disable();
  metrics.disable();
  propagation.disable();
  context.disable();
}

function plainValue(value: number | Histogram | { count: number; sum?: number }): Series['value'] {
  return typeof value === 'number' ? value : { count: value.count, sum: value.sum };
}
