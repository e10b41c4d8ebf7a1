import { SpanKind } from '@opentelemetry/api';
import { afterAll, expect, test } from 'vitest';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startRecorder } from './recorder.ts';
import { answer, attempt, completed, failedAttempt, local, plan, remote, request } from './samples.ts';

const recorder = startRecorder();
afterAll(() => recorder.stop());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const headers = new Headers({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });

test('attempts lie side by side below the generation, below the operation, below the span of the client', () => {
  const telemetry = createTelemetry();
  const operation = telemetry.startOperation({ type: 'subscription', name: 'Chat', headers });
  const generation = telemetry.startGeneration(operation.scope, request(), 'generation-1');
  generation.planned(plan);
  generation.startAttempt(local, { whole: false }).end(failedAttempt);
  const second = generation.startAttempt(remote, { whole: false });
  second.end(attempt(), { reason: answer.finishReason, usage: answer.usage });
  generation.end(completed({ attempts: [failedAttempt, attempt()] }));
  operation.end();

  const idOf = (name: string) => recorder.span(name).spanContext().spanId;
  expect(
    recorder.spans().map((span) => [span.name, SpanKind[span.kind], span.parentSpanContext?.spanId]),
  ).toEqual([
    ['chat smollm2-135m', 'CLIENT', idOf('generate')],
    ['chat gpt-5-mini', 'CLIENT', idOf('generate')],
    ['generate', 'INTERNAL', idOf('subscription')],
    ['subscription', 'SERVER', 'b7ad6b7169203331'],
  ]);
  expect(new Set(recorder.spans().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
  expect(operation.scope).toMatchObject({ traceId, spanId: idOf('subscription') });
  expect(second.traceHeaders).toEqual({ traceparent: `00-${traceId}-${idOf('chat gpt-5-mini')}-01` });
});
