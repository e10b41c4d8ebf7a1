import { expect, test } from 'vitest';
import { adapterErrorOf, drain, generate, partsOf } from '../../conformance/observe.ts';
import { sseHeaders } from '../../support/openai-wire.ts';
import type { Handler } from '../../support/upstream-server.ts';
import { ask, failureOf, open } from './open.ts';

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

function replying(message: object, finishReason = 'stop'): Handler {
  return (exchange) =>
    exchange.json(200, {
      id: 'chatcmpl-1',
      model: 'gpt-test-2026-01-01',
      choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason }],
      usage,
    });
}

const whole = (text: string) => ask(text, { whole: true });

test('an answer that nobody streams is asked for in one piece', async () => {
  const { adapter, upstream } = await open(replying({ content: 'Paris.' }));
  const parts = await partsOf(adapter, whole('Hi'));
  const [request] = upstream.requests;
  expect(request?.body).not.toHaveProperty('stream');
  expect(request?.body).not.toHaveProperty('stream_options');
  expect(parts).toEqual([
    {
      type: 'response-metadata',
      responseId: 'chatcmpl-1',
      responseModel: 'gpt-test-2026-01-01',
      inOnePiece: true,
    },
    { type: 'text-delta', text: 'Paris.' },
    {
      type: 'finish',
      reason: { unified: 'stop', raw: 'stop' },
      usage: expect.objectContaining({ inputTokens: 7, outputTokens: 3 }),
    },
  ]);
});

function toolCall(name: string) {
  return { id: `call-${name}`, type: 'function', function: { name, arguments: '{}' } };
}

test('tool calls of a whole answer keep their order', async () => {
  const { adapter } = await open(
    replying({ content: null, tool_calls: [toolCall('first'), toolCall('second')] }, 'tool_calls'),
  );
  const parts = await partsOf(adapter, whole('Hi'));
  expect(parts.filter(({ type }) => type === 'tool-call-delta')).toEqual([
    { type: 'tool-call-delta', index: 0, id: 'call-first', name: 'first', argumentsDelta: '{}' },
    { type: 'tool-call-delta', index: 1, id: 'call-second', name: 'second', argumentsDelta: '{}' },
  ]);
});

test('an error inside a reply that says 200 is one', async () => {
  const { adapter } = await open((exchange) =>
    exchange.json(200, { error: { message: 'Overloaded.', code: 503 } }),
  );
  await adapterErrorOf(partsOf(adapter, whole('Hi')), 'unavailable');
});

test.each<[string, Handler]>([
  ['no choice', (exchange) => exchange.json(200, { choices: [] })],
  [
    'no finish reason',
    (exchange) => exchange.json(200, { choices: [{ index: 0, message: { content: 'Hi' } }] }),
  ],
])('a whole answer with %s is cut off', async (_, handler) => {
  const { adapter } = await open(handler);
  await adapterErrorOf(partsOf(adapter, whole('Hi')), 'stream-cut');
});

test('a stream where a whole answer was asked for breaks the protocol', async () => {
  const { adapter } = await open((exchange) => {
    exchange.head(200, sseHeaders);
    exchange.end('data: {}\n\n');
  });
  await adapterErrorOf(partsOf(adapter, whole('Hi')), 'protocol');
});

test('a whole answer may take wholeMs, and no deadline of streams ends it', async () => {
  const timeouts = { headersMs: 100, firstTokenMs: 100, idleMs: 100, wholeMs: 5000, totalMs: 10_000 };
  const { adapter, upstream, clock } = await open(() => undefined, { timeouts });
  const asked = upstream.nextRequest();
  const failure = adapterErrorOf(drain(generate(adapter, whole('Hi'))), 'timeout');
  await asked;
  await clock.advanceAsync(4999);
  expect(clock.pendingTimers()).toBe(1);
  await clock.advanceAsync(1);
  expect(await failure).toMatchObject({ phase: 'total', message: 'the answer was not whole within 5000 ms' });
});

test('a refused whole call is read like a refused stream', async () => {
  await failureOf('rate-limit', (exchange) => exchange.json(429, { error: { message: 'slow down' } }));
});
