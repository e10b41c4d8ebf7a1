import { expect, test } from 'vitest';
import type { FinishPart } from '../../conformance/observe.ts';
import { finishOf, partsOf } from '../../conformance/observe.ts';
import { answering, delta, done, sse, usage } from '../../support/openai-wire.ts';
import { ask, open } from './open.ts';

async function finishAfter(...events: readonly string[]): Promise<FinishPart> {
  const { adapter } = await open(answering([...events, done].join('')));
  return finishOf(await partsOf(adapter, ask('Hi')));
}

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['insufficient_system_resource', 'other'],
  ['eos_token', 'other'],
])('the reason %s is %s', async (raw, unified) => {
  expect((await finishAfter(delta({ content: 'x' }), delta({}, raw))).reason).toEqual({ unified, raw });
});

test('a refusal is text that ends with content-filter', async () => {
  const { adapter } = await open(answering(delta({ refusal: 'I cannot.' }) + delta({}, 'stop') + done));
  const parts = await partsOf(adapter, ask('Hi'));
  expect(parts).toContainEqual({ type: 'text-delta', text: 'I cannot.' });
  expect(finishOf(parts).reason).toEqual({ unified: 'content-filter', raw: 'refusal' });
});

test('`stop` after a tool call means the tool call', async () => {
  const call = { index: 0, id: 'a', function: { name: 'weather', arguments: '{}' } };
  expect((await finishAfter(delta({ tool_calls: [call] }), delta({}, 'stop'))).reason.unified).toBe(
    'tool-calls',
  );
});

test('a finish reason that comes with the last text does not hide it', async () => {
  const { adapter } = await open(answering(delta({ content: 'All.' }, 'stop') + done));
  expect(await partsOf(adapter, ask('Hi'))).toContainEqual({ type: 'text-delta', text: 'All.' });
});

test('the usage is the last that was told, where a server tells it in every event', async () => {
  const finish = await finishAfter(
    usage(7, 1),
    delta({ content: 'x' }),
    usage(7, 2),
    delta({}, 'stop'),
    usage(7, 3),
  );
  expect(finish.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
});

test('a usage without details leaves them unknown', async () => {
  const bare = sse({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 2 } });
  expect((await finishAfter(delta({ content: 'x' }, 'stop'), bare)).usage).toEqual({
    inputTokens: 4,
    outputTokens: 2,
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
  });
});
