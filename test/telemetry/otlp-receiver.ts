import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { z } from 'zod';

// The part of the OTLP messages that the tests read, with their field numbers.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message AnyValue {
    oneof value {
      string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9;
  }
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; string unit = 3; Sum sum = 7; }
  message Sum { repeated NumberDataPoint data_points = 1; }
  message NumberDataPoint {
    repeated KeyValue attributes = 7;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
  }
`);

const keyValues = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)])));
const resource = z.object({ attributes: keyValues }).default({ attributes: {} });
const id = z
  .base64()
  .default('')
  .transform((text) => Buffer.from(text, 'base64').toString('hex'));
const span = z.object({
  traceId: id,
  spanId: id,
  parentSpanId: id,
  name: z.string(),
  kind: z.number(),
  attributes: keyValues,
});
const traces = z.object({
  resourceSpans: z
    .array(z.object({ resource, scopeSpans: z.array(z.object({ spans: z.array(span).default([]) })) }))
    .default([]),
});
const dataPoint = z.object({
  attributes: keyValues,
  asInt: z.number().optional(),
  asDouble: z.number().optional(),
});
const metric = z.object({
  name: z.string(),
  unit: z.string().default(''),
  sum: z.object({ dataPoints: z.array(dataPoint).default([]) }).optional(),
});
const metrics = z.object({
  resourceMetrics: z
    .array(
      z.object({
        resource,
        scopeMetrics: z.array(z.object({ metrics: z.array(metric) })),
      }),
    )
    .default([]),
});

export type ReceivedSpan = z.infer<typeof span> & { readonly resource: Readonly<Record<string, unknown>> };

export interface ReceivedSum {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  readonly spans: readonly ReceivedSpan[];
  readonly metricNames: ReadonlySet<string>;
  /** Values of counters, in the order in which they came. */
  readonly sums: readonly ReceivedSum[];
  /** Resolves with the first span of this name, at once if it has come. */
  spanNamed(name: string): Promise<ReceivedSpan>;
  close(): Promise<void>;
}

export interface OtlpReceiverOptions {
  /** Never answers requests to this path. @default answers all */
  readonly silentAt?: string;
}

/** A collector as far as an exporter can tell: takes OTLP over HTTP in protobuf and remembers what came. */
export async function startOtlpReceiver({ silentAt }: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const spans: ReceivedSpan[] = [];
  const metricNames = new Set<string>();
  const sums: ReceivedSum[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const sent = Buffer.concat(chunks);
      const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      const path = incoming.url ?? '';
      requests.push({ path, headers: incoming.headers });
      if (path === '/v1/traces') spans.push(...readSpans(body));
      if (path === '/v1/metrics') {
        for (const received of readMetrics(body)) {
          metricNames.add(received.name);
          sums.push(...sumsOf(received));
        }
      }
      if (path !== silentAt) response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      for (const look of waiting) look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    spans,
    metricNames,
    sums,
    spanNamed(name) {
      const { promise, resolve } = Promise.withResolvers<ReceivedSpan>();
      const look = () => {
        const found = spans.find((one) => one.name === name);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function readSpans(body: Buffer): readonly ReceivedSpan[] {
  return traces
    .parse(decode('Traces', body))
    .resourceSpans.flatMap((group) =>
      group.scopeSpans.flatMap((scope) =>
        scope.spans.map((one) => Object.assign(one, { resource: group.resource.attributes })),
      ),
    );
}

type ReceivedMetric = z.infer<typeof metric>;

function readMetrics(body: Buffer): readonly ReceivedMetric[] {
  return metrics
    .parse(decode('Metrics', body))
    .resourceMetrics.flatMap((group) => group.scopeMetrics.flatMap((scope) => scope.metrics));
}

function sumsOf({ name, sum }: ReceivedMetric): readonly ReceivedSum[] {
  return (sum?.dataPoints ?? []).map(({ attributes, asInt, asDouble }) => ({
    name,
    attributes,
    value: asInt ?? asDouble ?? 0,
  }));
}

function decode(type: 'Traces' | 'Metrics', body: Buffer): unknown {
  const message = root.lookupType(type);
  return message.toObject(message.decode(body), { longs: Number, bytes: String });
}

function plain(value: Readonly<Record<string, unknown>>): unknown {
  const array = z.object({ arrayValue: z.object({ values: z.array(z.record(z.string(), z.unknown())) }) });
  const list = array.safeParse(value);
  return list.success ? list.data.arrayValue.values.map(plain) : Object.values(value)[0];
}
