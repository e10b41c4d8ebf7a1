import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelCall, StreamPart } from '../../adapters/contract.ts';
import { adapterErrorOf, finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

let model: TinyModel;

beforeAll(async () => {
  model = await (await openTinyModel({ options: { maxContextTokens: 300 } })).ready();
});

afterAll(async () => {
  await model[Symbol.asyncDispose]();
});

const answerTo = (call: ModelCall): Promise<readonly StreamPart[]> => partsOf(model.adapter, call);
const textFor = async (sampling: ModelCall['sampling']): Promise<string> =>
  textOf(await answerTo(ask('Hello', { maxOutputTokens: 24, ...sampling })));

test('a greedy answer is the same every time', async () => {
  expect(await textFor({ temperature: 0 })).toBe(await textFor({ temperature: 0 }));
});

test('equal seeds give equal texts, other seeds other texts', async () => {
  const text = await textFor({ temperature: 1, seed: 42 });
  expect(await textFor({ temperature: 1, seed: 42 })).toBe(text);
  expect(await textFor({ temperature: 1, seed: 43 })).not.toBe(text);
});

test('an answer does not depend on what is answered beside it', async () => {
  const alone = await textFor({ temperature: 1, seed: 42 });
  const together = await Promise.all([1, 2, 3, 42].map((seed) => textFor({ temperature: 1, seed })));
  expect(together[3]).toBe(alone);
});

test('the answer ends at maxOutputTokens', async () => {
  const { reason, usage } = finishOf(await answerTo(ask('Hello', { maxOutputTokens: 5 })));
  expect(reason).toEqual({ unified: 'length', raw: 'max-output-tokens' });
  expect(usage.outputTokens).toBe(5);
});

test('a stop text that the model says ends the answer before it', async () => {
  const whole = await textFor({ temperature: 0 });
  const stop = whole.slice(6, 9);
  const parts = await answerTo(ask('Hello', { maxOutputTokens: 24, temperature: 0, stop: [stop] }));
  expect(textOf(parts)).toBe(whole.slice(0, whole.indexOf(stop)));
  expect(finishOf(parts).reason).toEqual({ unified: 'stop', raw: 'stop-text' });
});

test('a repetition penalty changes a greedy answer', async () => {
  expect(await textFor({ temperature: 0, repetitionPenalty: 1.8 })).not.toBe(
    await textFor({ temperature: 0 }),
  );
});

test('the answer ends where the context is full', async () => {
  const { reason, usage } = finishOf(await answerTo(ask('Hello', { maxOutputTokens: 4000 })));
  expect(reason).toEqual({ unified: 'length', raw: 'context-full' });
  expect((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)).toBe(300);
});

test('a prompt longer than the context is refused with both counts, of the model’s own tokens', async () => {
  const short = finishOf(await answerTo(ask('1'.repeat(100), { maxOutputTokens: 1 }))).usage.inputTokens ?? 0;
  const error = await adapterErrorOf(answerTo(ask('1'.repeat(400))), 'context-length');
  expect(error).toMatchObject({ inputTokens: short + 300, contextTokens: 300 });
});

test('a text far too long is refused without being counted', async () => {
  const error = await adapterErrorOf(answerTo(ask('1'.repeat(1_000_000))), 'context-length');
  expect(error).toMatchObject({ inputTokens: undefined, contextTokens: 300 });
});

test('a system message of the deployment goes before calls that have none', async () => {
  await using other = await (await openTinyModel({ options: { systemMessage: 'Be brief.' } })).ready();
  const inputTokens = async (call: ModelCall): Promise<number> =>
    finishOf(await partsOf(other.adapter, call)).usage.inputTokens ?? 0;
  const plain = ask('Hello', { maxOutputTokens: 1 });
  const own: ModelCall = {
    ...plain,
    messages: [{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }, ...plain.messages],
  };
  expect(await inputTokens(plain)).toBe(await inputTokens(own));
  expect(await inputTokens(plain)).toBeGreaterThan(finishOf(await answerTo(plain)).usage.inputTokens ?? 0);
});

test('what a text model cannot do is refused by name', async () => {
  const image: ModelCall = {
    messages: [{ role: 'user', content: [{ type: 'image', url: 'data:image/png;base64,AA==' }] }],
    sampling: {},
  };
  expect((await adapterErrorOf(answerTo(image), 'unsupported')).message).toContain('images');
});
