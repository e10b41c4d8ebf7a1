import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { startTelemetry } from '../../src/telemetry/sdk.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { buildCollector, collectorConfig, findGo, startCollector } from '../telemetry/collector.ts';
import { startOtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { seriesNames } from '../telemetry/prometheus-names.ts';
import { resetApi } from '../telemetry/recorder.ts';
import {
  attempt,
  completed,
  failedAttempt,
  localModel,
  noHeaders,
  remote,
  request,
} from '../telemetry/samples.ts';

const run = promisify(execFile);
const ignore = () => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const go = await findGo();
let binary: string;
beforeAll(async () => {
  if (go !== undefined) binary = await buildCollector(go);
});
beforeEach((context) => {
  context.skip(
    go === undefined,
    'There is no Go to build the collector with; install it from https://go.dev/dl.',
  );
});
afterEach(resetApi);

/** Lets `work` write through the SDK, and returns once the collector has what was written. */
async function send(endpoint: string, work: (telemetry: Telemetry) => void): Promise<void> {
  const sdk = await startTelemetry({
    endpoint,
    serviceName: 'switchyard',
    serviceVersion: '0.0.0',
    clock: systemClock,
    log,
  });
  work(createTelemetry());
  await sdk.shutdown();
}

function generate(telemetry: Telemetry): void {
  telemetry.observeBreakers(() => [{ deployment: 'gpt-primary', state: 'open' }]);
  telemetry.observeLimiters(() => [
    { deployment: 'gpt-primary', limit: 64, inFlight: 3, queued: 1, shed: 2 },
  ]);
  telemetry.observeLocalModels(() => ({ budgetBytes: 2e9, models: [localModel] }));
  telemetry.eventLoopTicked(4);
  const operation = telemetry.startOperation({
    type: 'query',
    name: 'sk-abcdefghijklmnopqrstuvwxyz',
    headers: noHeaders,
  });
  const generation = telemetry.startGeneration(operation.scope, request(), 'generation-1');
  generation.startAttempt(remote, { whole: false }).end(attempt());
  generation.end(completed());
  const second = telemetry.startGeneration(operation.scope, request(), 'generation-2');
  second.end(completed({ attempts: [failedAttempt, attempt()] }));
  operation.end();
}

test('the collector takes the shipped configuration', async () => {
  await expect(run(binary, ['validate', '--config', collectorConfig])).resolves.toMatchObject({ stdout: '' });
});

test('spans come through to the trace store, and what looks like a key is masked', async () => {
  const store = await startOtlpReceiver();
  const collector = await startCollector(binary, store.url);
  try {
    await send(collector.url, generate);
    const call = await store.spanNamed('chat gpt-5-mini');
    const operation = await store.spanNamed('query');
    expect(call.traceId).toBe(operation.traceId);
    expect(call.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-5-mini',
      'switchyard.deployment': 'gpt-primary',
    });
    expect(call.resource).toMatchObject({ 'service.name': 'switchyard' });
    expect(operation.attributes['graphql.operation.name']).toMatch(/^\*+$/);
  } finally {
    await collector.stop();
    await store.close();
  }
});

test('every metric is there for Prometheus under the name that dashboards and alerts use', async () => {
  const store = await startOtlpReceiver();
  const collector = await startCollector(binary, store.url);
  try {
    await send(collector.url, generate);
    const lines = (await collector.gatewayMetrics())
      .split('\n')
      .filter((line) => /^(gen_ai|switchyard)/.test(line));
    expect(new Set(lines.map((line) => /^\w+/.exec(line)?.[0]))).toEqual(seriesNames());
    const breaker = lines.find((line) => line.startsWith('switchyard_breaker_state'));
    expect(breaker).toMatch(/job="switchyard".*switchyard_deployment="gpt-primary".* 2$/);
  } finally {
    await collector.stop();
    await store.close();
  }
});

test('spans that the trace store refuses are counted under the name that the alert uses', async () => {
  const refusing = createServer((incoming, response) => {
    incoming.resume();
    response.writeHead(400).end();
  }).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  // A server that listens on TCP has an address object.
  const { port } = refusing.address() as AddressInfo;
  const collector = await startCollector(binary, `http://127.0.0.1:${port}`);
  try {
    await send(collector.url, generate);
    await collector.logged('Exporting failed. Dropping data.');
    expect(await collector.ownMetrics()).toMatch(/^otelcol_exporter_send_failed_spans\{.*\} 4$/m);
  } finally {
    await collector.stop();
    refusing.closeAllConnections();
    refusing.close();
    await once(refusing, 'close');
  }
});
