import { expect, test } from 'vitest';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { attempt, completed, plan, remote, request } from './samples.ts';

test('without an SDK everything can be called, nothing is traced and no header is sent', () => {
  const telemetry = createTelemetry({ captureContent: 'full' });
  const headers = new Headers({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
  const operation = telemetry.startOperation({ type: 'query', name: undefined, headers });
  const generation = telemetry.startGeneration(operation.scope, request(), 'generation-1');
  generation.planned(plan);
  const span = generation.startAttempt(remote, { whole: false });
  span.metadata({});
  span.end(attempt());
  generation.end(completed());
  operation.end();
  telemetry.observeBreakers(() => []);

  expect(operation.scope).toMatchObject({ traceId: undefined, spanId: undefined });
  expect(span.traceHeaders).toEqual({});
});
