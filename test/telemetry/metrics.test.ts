import { metrics as otelMetrics } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import { createMetrics, type BreakerReading, type LimiterReading } from '../../src/telemetry/metrics.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { answer, attempt, completed, failed, failedAttempt, local, request } from './samples.ts';

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

function generate(outcome: Outcome): void {
  createTelemetry().startGeneration(undefined, outcome.request, outcome.id).end(outcome);
}

async function values(metric: string): Promise<readonly unknown[]> {
  return ((await recorder.metrics()).get(metric) ?? []).map((series) => series.value);
}

const remoteLabels = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'switchyard.deployment': 'gpt-primary',
};
const localLabels = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'onnx',
  'gen_ai.request.model': 'smollm2-135m',
  'switchyard.deployment': 'smollm2-here',
};
const servedLabels = {
  'switchyard.outcome': 'completed',
  'gen_ai.request.model': 'gpt-5-mini',
  'switchyard.deployment': 'gpt-primary',
};

test('a generation with a fallback counts each attempt and the whole', async () => {
  generate(completed({ attempts: [failedAttempt, attempt()] }));

  const metrics = await recorder.metrics();
  expect(metrics.get('switchyard.attempts')).toEqual([
    { labels: { ...localLabels, 'error.type': 'QUEUE_FULL', 'switchyard.outcome': 'failed' }, value: 1 },
    { labels: { ...remoteLabels, 'switchyard.outcome': 'succeeded' }, value: 1 },
  ]);
  expect(metrics.get('gen_ai.client.operation.duration')).toEqual([
    { labels: { ...localLabels, 'error.type': 'QUEUE_FULL' }, value: { count: 1, sum: 0.05 } },
    { labels: remoteLabels, value: { count: 1, sum: 0.8 } },
  ]);
  expect(metrics.get('gen_ai.client.operation.time_to_first_chunk')).toEqual([
    { labels: remoteLabels, value: { count: 1, sum: 0.2 } },
  ]);
  expect(metrics.get('switchyard.queue.duration')).toEqual([
    { labels: { ...localLabels, 'error.type': 'QUEUE_FULL' }, value: { count: 1, sum: 0.02 } },
  ]);
  expect(metrics.get('gen_ai.client.token.usage')).toEqual([
    { labels: { ...remoteLabels, 'gen_ai.token.type': 'input' }, value: { count: 1, sum: 12 } },
    { labels: { ...remoteLabels, 'gen_ai.token.type': 'output' }, value: { count: 1, sum: 3 } },
  ]);
  expect(metrics.get('switchyard.cost.usd')).toEqual([{ labels: remoteLabels, value: 0.009 }]);
  expect(metrics.get('switchyard.cache.lookups')).toEqual([
    { labels: { 'switchyard.cache.result': 'miss' }, value: 1 },
  ]);
  expect(metrics.get('switchyard.generation.duration')).toEqual([
    { labels: servedLabels, value: { count: 1, sum: 0.804 } },
  ]);
  expect(metrics.get('switchyard.generation.time_to_first_token')).toEqual([
    { labels: servedLabels, value: { count: 1, sum: 0.203 } },
  ]);
});

test('the overhead is what one attempt leaves of the whole, and several attempts have none', async () => {
  generate(completed({ timings: { queuedMs: undefined, firstTokenMs: 203, totalMs: 816 } }));
  generate(completed({ attempts: [failedAttempt, attempt()] }));
  expect((await recorder.metrics()).get('switchyard.gateway.overhead')).toEqual([
    { labels: {}, value: { count: 1, sum: 0.016 } },
  ]);
});

test('an answer from the cache costs nothing and uses no tokens', async () => {
  generate(completed({ attempts: [], cache: { hit: true, ageSeconds: 3 } }));
  const metrics = await recorder.metrics();
  expect(metrics.get('switchyard.cache.lookups')).toEqual([
    { labels: { 'switchyard.cache.result': 'hit' }, value: 1 },
  ]);
  expect(await values('switchyard.cost.usd')).toEqual([]);
  expect(await values('gen_ai.client.token.usage')).toEqual([]);
});

test.each(['off', 'write-only'] as const)('a request with cache mode %s is no lookup', async (mode) => {
  generate(completed({}, request({ cache: { mode, ttlSeconds: 60 } })));
  expect(await values('switchyard.cache.lookups')).toEqual([]);
});

test('a request that no deployment can serve is no lookup', async () => {
  const problem = { code: 'NO_DEPLOYMENT_AVAILABLE', message: 'None can.', rejected: [] } as const;
  generate({
    ...failed(problem, []),
    plan: { policy: 'balanced', candidates: [], rejected: [], panic: false, maxAttempts: 4 },
  });
  expect(await values('switchyard.cache.lookups')).toEqual([]);
});

test('unknown usage is not counted as none', async () => {
  const usage = {
    inputTokens: undefined,
    outputTokens: undefined,
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
  };
  generate(completed({ answer: { ...answer, usage } }));
  expect(await values('gen_ai.client.token.usage')).toEqual([]);
});

test('a failed generation is counted with the code of its problem, a cancelled one apart from it', async () => {
  generate(
    failed({ code: 'UPSTREAM_FAILED', message: 'No deployment answered.', attempts: [failedAttempt] }),
  );
  generate(failed({ code: 'CANCELLED', message: 'The caller left.' }, []));
  const labels = (await recorder.metrics()).get('switchyard.generation.duration')?.map((one) => one.labels);
  expect(labels).toEqual([
    { 'switchyard.outcome': 'failed', 'error.type': 'UPSTREAM_FAILED' },
    { 'switchyard.outcome': 'cancelled', 'error.type': 'CANCELLED' },
  ]);
});

test('generations under way are counted from their start to their end, from zero on', async () => {
  const telemetry = createTelemetry();
  expect(await values('switchyard.generations.active')).toEqual([0]);
  const generation = telemetry.startGeneration(undefined, request(), 'generation-1');
  expect(await values('switchyard.generations.active')).toEqual([1]);
  generation.end(completed());
  expect(await values('switchyard.generations.active')).toEqual([0]);
});

test('breakers are read anew at each collection', async () => {
  let readings: readonly BreakerReading[] = [
    { deployment: 'gpt-primary', state: 'closed' },
    { deployment: 'smollm2-here', state: 'open' },
  ];
  createTelemetry().observeBreakers(() => readings);
  expect((await recorder.metrics()).get('switchyard.breaker.state')).toEqual([
    { labels: { 'switchyard.deployment': 'gpt-primary' }, value: 0 },
    { labels: { 'switchyard.deployment': 'smollm2-here' }, value: 2 },
  ]);
  readings = [
    { deployment: 'gpt-primary', state: 'open' },
    { deployment: 'smollm2-here', state: 'half-open' },
  ];
  expect(await values('switchyard.breaker.state')).toEqual([2, 1]);
});

test('limiters are read anew at each collection', async () => {
  const busy = { deployment: 'gpt-primary', limit: 40, inFlight: 40, queued: 3, shed: 7 };
  const idle = { deployment: 'smollm2-here', limit: 1024, inFlight: 0, queued: 0, shed: 0 };
  let readings: readonly LimiterReading[] = [busy, idle];
  createMetrics(otelMetrics.getMeter('test')).observeLimiters(() => readings);
  const metrics = await recorder.metrics();
  expect(metrics.get('switchyard.limiter.limit')).toEqual([
    { labels: { 'switchyard.deployment': 'gpt-primary' }, value: 40 },
    { labels: { 'switchyard.deployment': 'smollm2-here' }, value: 1024 },
  ]);
  expect(metrics.get('switchyard.limiter.in_flight')?.map(({ value }) => value)).toEqual([40, 0]);
  expect(metrics.get('switchyard.limiter.queued')?.map(({ value }) => value)).toEqual([3, 0]);
  expect(metrics.get('switchyard.limiter.shed')?.map(({ value }) => value)).toEqual([7, 0]);

  readings = [{ ...busy, shed: 9 }, idle];
  expect(await values('switchyard.limiter.shed')).toEqual([9, 0]);
});

test('the lag of the event loop is a distribution in seconds', async () => {
  const metrics = createMetrics(otelMetrics.getMeter('test'));
  metrics.eventLoopTicked(0);
  metrics.eventLoopTicked(250);
  expect(await values('switchyard.event_loop.lag')).toEqual([{ count: 2, sum: 0.25 }]);
});

test('an embedding counts its call and its tokens', async () => {
  const span = createTelemetry().startReading(undefined, 'embed', local);
  span.end(attempt({ deployment: local, firstTokenMs: undefined }), {
    usage: { ...answer.usage, outputTokens: undefined },
  });
  const metrics = await recorder.metrics();
  const labels = { ...localLabels, 'gen_ai.operation.name': 'embeddings' };
  expect(metrics.get('gen_ai.client.operation.duration')).toEqual([
    { labels, value: { count: 1, sum: 0.8 } },
  ]);
  expect(metrics.get('gen_ai.client.token.usage')).toEqual([
    { labels: { ...labels, 'gen_ai.token.type': 'input' }, value: { count: 1, sum: 12 } },
  ]);
});

test('names that clients and providers write add no series', async () => {
  const telemetry = createTelemetry();
  for (let index = 0; index < 500; index += 1) {
    const asked = request({ model: `model-${index}`, labels: [{ key: 'user', value: `user-${index}` }] });
    const generation = telemetry.startGeneration(undefined, asked, `generation-${index}`);
    const span = generation.startAttempt(attempt().deployment, { whole: false });
    span.metadata({ responseId: `response-${index}`, responseModel: `model-${index}` });
    span.end(attempt());
    generation.end(completed({ id: `generation-${index}` }, asked));
  }
  const counts = [...(await recorder.metrics()).values()].map((series) => series.length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
});
