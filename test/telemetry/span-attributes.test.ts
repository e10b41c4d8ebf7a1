import { SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import * as samples from './samples.ts';

const { answer, attempt, completed, failed, failedAttempt, local, noHeaders, plan, remote, request } =
  samples;

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

test('an attempt that succeeds carries what the GenAI conventions ask for', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  const span = generation.startAttempt(remote, { whole: false });
  span.metadata({ responseId: 'resp-7', responseModel: 'gpt-5-mini-2026-01-15' });
  span.end(attempt(), { reason: answer.finishReason, usage: answer.usage });

  expect(recorder.span('chat gpt-5-mini').attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5-mini',
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': 64,
    'gen_ai.request.temperature': 0.5,
    'gen_ai.response.id': 'resp-7',
    'gen_ai.response.model': 'gpt-5-mini-2026-01-15',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.response.time_to_first_chunk': 0.2,
    'gen_ai.usage.input_tokens': 12,
    'gen_ai.usage.output_tokens': 3,
    'gen_ai.usage.cache_read.input_tokens': 4,
    'switchyard.deployment': 'gpt-primary',
    'switchyard.outcome': 'succeeded',
  });
});

test('a whole answer is asked for without a stream, and JSON is named as the form of the output', () => {
  const asked = request({ responseFormat: { type: 'json' } });
  const generation = createTelemetry().startGeneration(undefined, asked, 'generation-1');
  generation.startAttempt(remote, { whole: true }).end(attempt());
  const { attributes } = recorder.span('chat gpt-5-mini');
  expect(attributes).toHaveProperty(['gen_ai.output.type'], 'json');
  expect(attributes).not.toHaveProperty(['gen_ai.request.stream']);
});

test('an attempt that fails is an error with the code of its problem', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  generation.startAttempt(local, { whole: false }).end(failedAttempt);

  const span = recorder.span('chat smollm2-135m');
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span.attributes).toMatchObject({
    'error.type': 'QUEUE_FULL',
    'gen_ai.provider.name': 'onnx',
    'switchyard.outcome': 'failed',
    'switchyard.queued_ms': 20,
  });
});

test('an attempt whose caller leaves is no error', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  const problem = { code: 'CANCELLED', message: 'The caller left.' } as const;
  generation.startAttempt(remote, { whole: false }).end(attempt({ outcome: 'cancelled', problem }));

  const span = recorder.span('chat gpt-5-mini');
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes).toMatchObject({ 'error.type': 'CANCELLED', 'switchyard.outcome': 'cancelled' });
});

test('the span of an attempt is open until the attempt ends', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  const span = generation.startAttempt(remote, { whole: false });
  span.metadata({ responseId: 'resp-7' });
  expect(recorder.spans()).toEqual([]);
  span.end(attempt());
  expect(recorder.spans()).toHaveLength(1);
});

test('a generation says what was planned and how it ended', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  generation.planned(plan);
  generation.end(completed());

  const span = recorder.span('generate');
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes).toEqual({
    'switchyard.generation.id': 'generation-1',
    'switchyard.requested_model': 'auto',
    'switchyard.plan.policy': 'balanced',
    'switchyard.plan.candidates.count': 1,
    'switchyard.plan.chosen': 'gpt-primary',
    'switchyard.plan.rejected': ['smollm2-here:BREAKER_OPEN'],
    'switchyard.outcome': 'completed',
    'switchyard.attempts.count': 1,
    'switchyard.deployment': 'gpt-primary',
    'switchyard.cache.result': 'miss',
    'switchyard.cost.usd': 0.009,
  });
});

test('a generation that fails is an error with the code of its problem', () => {
  const generation = createTelemetry().startGeneration(undefined, request(), 'generation-1');
  generation.end(failed({ code: 'DEADLINE_EXCEEDED', message: 'The answer took too long.' }));

  const span = recorder.span('generate');
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span.attributes).toMatchObject({
    'error.type': 'DEADLINE_EXCEEDED',
    'switchyard.outcome': 'failed',
  });
});

test('an operation is named by its type, and an over-long name of the client is cut', () => {
  const operation = { type: 'query', name: 'N'.repeat(5000), headers: noHeaders } as const;
  createTelemetry().startOperation(operation).end({ errorType: 'GRAPHQL_VALIDATION_FAILED' });

  const span = recorder.span('query');
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span.attributes).toEqual({
    'graphql.operation.type': 'query',
    'graphql.operation.name': 'N'.repeat(128),
    'error.type': 'GRAPHQL_VALIDATION_FAILED',
  });
});

test('an embedding is one attempt of the operation embeddings', () => {
  const span = createTelemetry().startReading(undefined, 'embed', local);
  span.end(attempt({ deployment: local, firstTokenMs: undefined }), { usage: answer.usage });

  expect(recorder.span('embeddings smollm2-135m').attributes).toMatchObject({
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.usage.input_tokens': 12,
  });
});
