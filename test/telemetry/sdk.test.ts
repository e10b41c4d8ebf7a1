import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { startTelemetry, type TelemetrySdkOptions } from '../../src/telemetry/sdk.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { resetApi } from './recorder.ts';
import { attempt, completed, noHeaders, remote, request } from './samples.ts';

afterEach(() => {
  resetApi();
  vi.unstubAllEnvs();
});

const ignore = () => undefined;

function options(endpoint: string | undefined): TelemetrySdkOptions & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const warn = (_fields: object, message: string) => warnings.push(message);
  const log = { debug: ignore, info: ignore, warn, error: warn };
  return { endpoint, serviceName: 'switchyard', serviceVersion: '1.2.3', clock: systemClock, log, warnings };
}

function generateOnce(): void {
  const telemetry = createTelemetry();
  const operation = telemetry.startOperation({ type: 'query', name: 'Ask', headers: noHeaders });
  const generation = telemetry.startGeneration(operation.scope, request(), 'generation-1');
  generation.startAttempt(remote, { whole: false }).end(attempt());
  generation.end(completed());
  operation.end();
}

async function listeningPort(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address object.
  return (server.address() as AddressInfo).port;
}

test('spans and metrics reach a collector by OTLP, with who sends them and the headers of the environment', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=blue');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  const receiver = await startOtlpReceiver();
  try {
    const sdk = await startTelemetry(options(`${receiver.url}/`));
    generateOnce();
    await sdk.shutdown();

    expect(receiver.requests.map(({ path }) => path).sort()).toEqual(['/v1/metrics', '/v1/traces']);
    expect(receiver.requests.every(({ headers }) => headers['x-tenant'] === 'blue')).toBe(true);
    expect(receiver.spans.map((span) => span.name)).toEqual(['chat gpt-5-mini', 'generate', 'query']);
    expect(receiver.spans[0]).toMatchObject({
      kind: 3,
      attributes: { 'gen_ai.request.model': 'gpt-5-mini', 'switchyard.deployment': 'gpt-primary' },
      resource: {
        'service.name': 'switchyard',
        'service.version': '1.2.3',
        'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/),
        'deployment.environment.name': 'test',
      },
    });
    expect(
      Object.keys(receiver.spans[0]?.resource ?? {}).filter((key) => /^(process|host)\./.test(key)),
    ).toEqual([]);
    expect(receiver.metricNames).toContain('gen_ai.client.operation.duration');
  } finally {
    await receiver.close();
  }
});

test('the service name of the environment goes first', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'blue-yard');
  const receiver = await startOtlpReceiver();
  try {
    const sdk = await startTelemetry(options(receiver.url));
    generateOnce();
    await sdk.shutdown();
    expect(receiver.spans[0]?.resource).toMatchObject({ 'service.name': 'blue-yard' });
  } finally {
    await receiver.close();
  }
});

test('without an endpoint nothing is recorded, warned of or waited for', async () => {
  const silent = options(undefined);
  const sdk = await startTelemetry(silent);
  const { scope } = createTelemetry().startOperation({ type: 'query', name: undefined, headers: noHeaders });
  await sdk.shutdown(0);
  expect(scope.traceId).toBeUndefined();
  expect(silent.warnings).toEqual([]);
});

test('a collector that is gone holds up the stop for no longer than its limit', async () => {
  const server = createServer();
  const port = await listeningPort(server);
  server.close();
  await once(server, 'close');
  const gone = options(`http://127.0.0.1:${port}`);
  const sdk = await startTelemetry(gone);
  generateOnce();
  const startedMs = performance.now();
  await expect(sdk.shutdown(500)).resolves.toBeUndefined();
  expect(performance.now() - startedMs).toBeLessThan(1500);
  expect(gone.warnings).toContain('The collector did not take the last telemetry in time; it is lost.');
});

test('a collector that never answers holds up the stop for no longer than three seconds', async () => {
  const server = createServer(() => undefined);
  const port = await listeningPort(server);
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  try {
    const sdk = await startTelemetry(options(`http://127.0.0.1:${port}`));
    generateOnce();
    const startedMs = performance.now();
    await expect(sdk.shutdown()).resolves.toBeUndefined();
    const tookMs = performance.now() - startedMs;
    expect(sockets.size).toBeGreaterThan(0);
    expect(tookMs).toBeGreaterThan(2900);
    expect(tookMs).toBeLessThan(3500);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});

test('a collector that refuses is complained of once, and never with the headers', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer canary-key');
  const server = createHttpServer((incoming, response) => {
    incoming.resume();
    response.writeHead(401).end('no');
  });
  const port = await listeningPort(server);
  const lines: string[] = [];
  const warn = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]));
  const refused = options(`http://127.0.0.1:${port}`);
  try {
    const sdk = await startTelemetry({ ...refused, metricIntervalMs: 20, log: { ...refused.log, warn } });
    const exportsTried = Promise.withResolvers<void>();
    let tried = 0;
    server.on('request', () => {
      tried += 1;
      if (tried === 5) exportsTried.resolve();
    });
    generateOnce();
    await exportsTried.promise;
    expect(lines.filter((line) => line.includes('OpenTelemetry has a problem'))).toHaveLength(1);
    await sdk.shutdown();
    expect(lines.join('\n')).not.toContain('canary-key');
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
