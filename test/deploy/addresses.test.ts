import { expect, test } from 'vitest';
import { z } from 'zod';
import { readCompose, readYaml } from './repository.ts';

const { services } = await readCompose();
const endpoint = z.object({ endpoint: z.string() });
const collector = await readYaml(
  'otel-collector.yaml',
  z.object({
    receivers: z.object({ otlp: z.object({ protocols: z.object({ grpc: endpoint, http: endpoint }) }) }),
    processors: z.record(z.string(), z.unknown()),
    exporters: z.object({ prometheus: endpoint, 'otlp_http/jaeger': endpoint }),
    service: z.object({
      telemetry: z.object({
        metrics: z.object({
          readers: z.tuple([
            z.object({
              pull: z.object({ exporter: z.object({ prometheus: z.object({ port: z.number() }) }) }),
            }),
          ]),
        }),
      }),
      pipelines: z.record(z.string(), z.object({ processors: z.array(z.string()) })),
    }),
  }),
);
const prometheus = await readYaml(
  'deploy/prometheus/prometheus.yml',
  z.object({
    scrape_configs: z.array(
      z.object({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
    ),
  }),
);
const targetsOf = (job: string) =>
  prometheus.scrape_configs
    .filter(({ job_name: name }) => name === job)
    .flatMap(({ static_configs: configs }) => configs.flatMap(({ targets }) => targets));

test('the gateway sends to the port where the collector takes OTLP over HTTP', () => {
  const { http, grpc } = collector.receivers.otlp.protocols;
  expect(services['gateway']?.environment['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe('http://otel-collector:4318');
  expect(http.endpoint).toBe('0.0.0.0:4318');
  expect(services['otel-collector']?.ports).toEqual(
    [grpc, http].map((one) => one.endpoint.replace('0.0.0.0:', '127.0.0.1:').replace(/(\d+)$/, '$1:$1')),
  );
});

test('Prometheus fetches from the ports where the collector offers metrics', () => {
  expect(targetsOf('switchyard')).toEqual([
    collector.exporters.prometheus.endpoint.replace('0.0.0.0', 'otel-collector'),
  ]);
  const [reader] = collector.service.telemetry.metrics.readers;
  expect(targetsOf('otel-collector')).toEqual([`otel-collector:${reader.pull.exporter.prometheus.port}`]);
});

test('whatever is named as a host is a service', async () => {
  const provisioned = await readYaml(
    'deploy/grafana/provisioning/datasources/datasources.yml',
    z.object({ datasources: z.array(z.object({ url: z.string() })) }),
  );
  const catalogue = await readYaml(
    'deploy/catalogues/llama-cpp.yaml',
    z.object({ deployments: z.array(z.object({ options: z.object({ baseUrl: z.string() }) })) }),
  );
  const urls = [
    collector.exporters['otlp_http/jaeger'].endpoint,
    ...provisioned.datasources.map(({ url }) => url),
    ...catalogue.deployments.map(({ options }) => options.baseUrl),
  ];
  expect(urls.map((url) => new URL(url).hostname).filter((host) => services[host] === undefined)).toEqual([]);
});

test('the memory limiter is the first processor of every pipeline, and none collects batches before it has sent them', () => {
  for (const { processors } of Object.values(collector.service.pipelines)) {
    expect(processors[0]).toBe('memory_limiter');
    expect(processors.filter((name) => name.startsWith('batch'))).toEqual([]);
  }
});
