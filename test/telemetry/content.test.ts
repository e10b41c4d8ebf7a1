import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { answer, attempt, completed, noHeaders, plan, remote, request } from './samples.ts';

const canary = 'canary-9f27';
const asked = request({
  messages: [
    { role: 'system', content: [{ type: 'text', text: `Be kind, ${canary}.` }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: `Hello ${canary}` },
        { type: 'image', url: `data:image/png;base64,${canary}` },
      ],
    },
    {
      role: 'assistant',
      content: [],
      toolCalls: [{ id: 'call-1', name: 'look', arguments: `{"at":"${canary}"}` }],
    },
    { role: 'tool', toolCallId: 'call-1', content: [{ type: 'text', text: canary }] },
  ],
  sampling: { stop: [canary] },
});
const said = completed({ answer: { ...answer, text: `Hi ${canary}`, reasoning: `${canary}?` } }, asked);

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

function tell(telemetry: Telemetry, outcome: Outcome): void {
  const operation = telemetry.startOperation({ type: 'query', name: 'Ask', headers: noHeaders });
  const generation = telemetry.startGeneration(operation.scope, outcome.request, outcome.id);
  generation.planned(plan);
  const problem = { code: 'STREAM_CUT', message: `The answer broke off after ${canary}.` } as const;
  generation.startAttempt(remote, { whole: false }).end(attempt({ outcome: 'failed', problem }));
  generation.end(outcome);
  operation.end({ errorType: 'INTERNAL' });
}

async function everythingRecorded(): Promise<string> {
  const spans = recorder
    .spans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  return JSON.stringify([spans, [...(await recorder.metrics())]]);
}

test('by default no word of the conversation is recorded', async () => {
  tell(createTelemetry(), said);
  const problem = {
    code: 'VALIDATION_FAILED',
    message: canary,
    issues: [{ path: 'input', message: canary }],
  } as const;
  tell(createTelemetry(), { ...said, result: { type: 'failed', problem, partialText: canary } });
  expect(recorder.spans()).toHaveLength(6);
  expect(await everythingRecorded()).not.toContain(canary);
});

test('with capture the generation carries the conversation in the form of the GenAI conventions', () => {
  tell(createTelemetry({ captureContent: 'full' }), said);
  const { attributes } = recorder.span('generate');
  expect(JSON.parse(String(attributes['gen_ai.input.messages']))).toEqual([
    { role: 'system', parts: [{ type: 'text', content: `Be kind, ${canary}.` }] },
    {
      role: 'user',
      parts: [
        { type: 'text', content: `Hello ${canary}` },
        { type: 'uri', modality: 'image', uri: 'data:' },
      ],
    },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call-1', name: 'look', arguments: `{"at":"${canary}"}` }],
    },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call-1', response: canary }] },
  ]);
  expect(JSON.parse(String(attributes['gen_ai.output.messages']))).toEqual([
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: `${canary}?` },
        { type: 'text', content: `Hi ${canary}` },
      ],
      finish_reason: 'stop',
    },
  ]);
});

test('a text too long for a span is cut inside its JSON', () => {
  const long = request({
    messages: [{ role: 'user', content: [{ type: 'text', text: '"'.repeat(100_000) }] }],
  });
  tell(createTelemetry({ captureContent: 'full' }), completed({}, long));
  const messages: unknown = JSON.parse(String(recorder.span('generate').attributes['gen_ai.input.messages']));
  expect(messages).toEqual([{ role: 'user', parts: [{ type: 'text', content: `${'"'.repeat(8192)}…` }] }]);
});
