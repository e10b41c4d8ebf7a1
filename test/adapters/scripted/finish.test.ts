import { expect, test } from 'vitest';
import type { ModelCall } from '../../../adapters/contract.ts';
import { finishOf, partsOf, textOf, type FinishPart } from '../../conformance/observe.ts';
import { ask, open } from './open.ts';

async function finish(rule: object, call: ModelCall = ask('one two three')): Promise<FinishPart> {
  const { adapter } = open({ rules: [{ play: [{ type: 'text', text: 'Yes, of course.' }], ...rule }] });
  return finishOf(await partsOf(adapter, call));
}

test('usage counts the words of the prompt and the parts of the answer', async () => {
  const play = [
    { type: 'reasoning', text: 'Let me think.' },
    { type: 'text', text: 'Yes.' },
    { type: 'tool-call', name: 'weather' },
  ];
  expect((await finish({ play })).usage).toEqual({
    inputTokens: 3,
    outputTokens: 5,
    cachedInputTokens: undefined,
    reasoningTokens: 3,
  });
});

test('usage may be what the script says, or unknown', async () => {
  const unknown = {
    inputTokens: undefined,
    outputTokens: undefined,
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
  };
  expect((await finish({ finish: { usage: 'unknown' } })).usage).toEqual(unknown);
  expect((await finish({ finish: { usage: { inputTokens: 900, cachedInputTokens: 800 } } })).usage).toEqual({
    ...unknown,
    inputTokens: 900,
    cachedInputTokens: 800,
  });
});

test.each([
  [{}, 'stop'],
  [{ play: [{ type: 'tool-call', name: 'weather' }] }, 'tool-calls'],
  [{ finish: { reason: 'content-filter' } }, 'content-filter'],
])('the answer of %j ends with %s', async (rule, reason) => {
  expect((await finish(rule)).reason).toEqual({ unified: reason, raw: reason });
});

test('an answer is cut at the limit of the call', async () => {
  const { adapter } = open();
  const parts = await partsOf(adapter, ask('one two three', { sampling: { maxOutputTokens: 2 } }));
  expect(textOf(parts)).toBe('one two ');
  expect(finishOf(parts)).toMatchObject({ reason: { unified: 'length' }, usage: { outputTokens: 2 } });
});

test('a limit that is not reached changes nothing', async () => {
  expect((await finish({}, ask('Hi', { sampling: { maxOutputTokens: 4 } }))).reason.unified).toBe('stop');
});
