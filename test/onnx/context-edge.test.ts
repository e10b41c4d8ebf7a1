import { afterAll, beforeAll, expect, test } from 'vitest';
import { adapterErrorOf, finishOf, partsOf } from '../conformance/observe.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

const contextTokens = 300;
let model: TinyModel;
/** Tokens that the chat template adds to a prompt. */
let templateTokens: number;

/** A digit is one token. */
const promptOf = (tokens: number) => ask('1'.repeat(tokens - templateTokens), { maxOutputTokens: 50 });

beforeAll(async () => {
  model = await (await openTinyModel({ options: { maxContextTokens: contextTokens } })).ready();
  const one = finishOf(await partsOf(model.adapter, ask('1', { maxOutputTokens: 1 })));
  templateTokens = (one.usage.inputTokens ?? 0) - 1;
});
afterAll(() => model[Symbol.asyncDispose]());

test('a prompt that leaves room for one token gets an answer of one token', async () => {
  const { reason, usage } = finishOf(await partsOf(model.adapter, promptOf(contextTokens - 1)));
  expect(usage).toMatchObject({ inputTokens: contextTokens - 1, outputTokens: 1 });
  expect(reason).toEqual({ unified: 'length', raw: 'context-full' });
});

test.each([
  ['of exactly the context', contextTokens],
  ['of one token more', contextTokens + 1],
])('a prompt %s leaves no room for an answer and is refused with both counts', async (_what, inputTokens) => {
  const error = await adapterErrorOf(partsOf(model.adapter, promptOf(inputTokens)), 'context-length');
  expect(error).toMatchObject({ inputTokens, contextTokens });
});

test('a prompt that is refused leaves nothing behind, and the next one is answered', async () => {
  await adapterErrorOf(partsOf(model.adapter, promptOf(contextTokens)), 'context-length');
  await model.adapter.inspect().idle();
  expect(model.adapter.loading?.status().processes).toMatchObject([{ busySlots: 0, queued: 0 }]);
  expect(finishOf(await partsOf(model.adapter, promptOf(100))).usage.outputTokens).toBe(50);
});
