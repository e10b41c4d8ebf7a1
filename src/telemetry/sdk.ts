import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { NodeSDK } from '@opentelemetry/sdk-node';
import type { AdapterLog } from '../../adapters/contract.ts';
import type { Clock } from '../platform/clock.ts';
import { service } from './semconv.ts';

export interface TelemetrySdkOptions {
  /** Base URL of a collector that takes OTLP over HTTP, such as `http://localhost:4318`. Left out, nothing is sent. */
  readonly endpoint: string | undefined;
  /** The environment's `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before it. */
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Time between two exports of metrics, in milliseconds. @default 15000 */
  readonly metricIntervalMs?: number;
  readonly clock: Clock;
  readonly log: AdapterLog;
}

export interface TelemetrySdk {
  /**
   * Sends what is left and stops. Never rejects, and gives up after `limitMs`: a collector that is gone
   * must not hold up the gateway's own stop.
   *
   * @default 3000
   */
  shutdown(limitMs?: number): Promise<void>;
}

const defaultMetricIntervalMs = 15_000;
const defaultShutdownLimitMs = 3000;

/**
 * Registers the OpenTelemetry SDK, before anything asks the API for a tracer or a meter. It reads its own
 * `OTEL_*` variables for headers, compression, sampling, batching and propagation.
 */
export async function startTelemetry(options: TelemetrySdkOptions): Promise<TelemetrySdk> {
  const { endpoint, clock, log } = options;
  if (endpoint === undefined) return { shutdown: () => Promise.resolve() };
  forwardDiagnostics(clock, log);
  const sdk = await createSdk({ ...options, endpoint });
  sdk.start();
  return {
    async shutdown(limitMs = defaultShutdownLimitMs) {
      const stopped = sdk.shutdown().catch((cause: unknown) => {
        log.warn({ err: cause }, 'The last telemetry could not be sent to the collector.');
      });
      await withinLimit(stopped, { limitMs, clock, log });
    },
  };
}

/** The SDK takes a fifth of a second to load, which only those pay who use it. */
async function createSdk(options: TelemetrySdkOptions & { readonly endpoint: string }): Promise<NodeSDK> {
  const [node, metrics, resources, traceExporter, metricExporter] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
  ]);
  const { endpoint, serviceName, serviceVersion, metricIntervalMs = defaultMetricIntervalMs } = options;
  const resource = resources.resourceFromAttributes({
    [service.name]: serviceName,
    [service.version]: serviceVersion,
  });
  // The one switch that the SDK has for it: spans that its queue drops are counted, in `otel.sdk.processor.span.processed`.
  // oxlint-disable-next-line node/no-process-env -- the SDK looks for it there alone
  process.env['OTEL_NODE_EXPERIMENTAL_SDK_METRICS'] ??= 'true';
  return new node.NodeSDK({
    // What it counts of every span has no labels then: to sort and print them costs more than all our own metrics.
    views: [
      {
        instrumentName: 'otel.sdk.span.*',
        attributesProcessors: [metrics.createAllowListAttributesProcessor([])],
      },
    ],
    resource: resources.defaultResource().merge(resource),
    // The process and host detectors would send command lines and host ids.
    resourceDetectors: [resources.serviceInstanceIdDetector, resources.envDetector],
    traceExporter: new traceExporter.OTLPTraceExporter({ url: signalUrl(endpoint, 'traces') }),
    metricReaders: [
      new metrics.PeriodicExportingMetricReader({
        exporter: new metricExporter.OTLPMetricExporter({ url: signalUrl(endpoint, 'metrics') }),
        exportIntervalMillis: metricIntervalMs,
        exportTimeoutMillis: metricIntervalMs,
      }),
    ],
    // Left out, the SDK would send logs to localhost.
    logRecordProcessors: [],
  });
}

function signalUrl(endpoint: string, signal: 'traces' | 'metrics'): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
}

const quietMs = 60_000;
const ignore = () => undefined;

/** The SDK's complaints in our log, at most one a minute: a dead collector would fill it. */
function forwardDiagnostics(clock: Clock, log: AdapterLog): void {
  let quietUntilMs = -Infinity;
  const warn = (detail: string) => {
    const nowMs = clock.monotonicMs();
    if (nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + quietMs;
    log.warn({ detail }, 'OpenTelemetry has a problem; further ones are not logged for a minute.');
  };
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

interface LimitOptions {
  readonly limitMs: number;
  readonly clock: Clock;
  readonly log: AdapterLog;
}

async function withinLimit(stopped: Promise<void>, { limitMs, clock, log }: LimitOptions): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const cancel = clock.after(limitMs, () => {
    log.warn({ limitMs }, 'The collector did not take the last telemetry in time; it is lost.');
    limit.resolve();
  });
  try {
    await Promise.race([stopped, limit.promise]);
  } finally {
    cancel();
  }
}
