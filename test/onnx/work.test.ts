import { expect, test } from 'vitest';
import { drain, generate, partsOf } from '../conformance/observe.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

/** Two pieces of 64 tokens and more, so that a second prompt of the kind finds them. */
const long = ask('word '.repeat(150), { maxOutputTokens: 20 });

function statusOf({ adapter }: TinyModel) {
  return adapter.loading?.status() ?? expect.fail('the model has no status');
}

async function usageOf({ adapter }: TinyModel, call: typeof long) {
  const last = (await partsOf(adapter, call)).at(-1);
  return last?.type === 'finish' ? last.usage : expect.fail('the call did not finish');
}

/** Its processes have said everything by then. */
async function lastWork(model: TinyModel) {
  await model.adapter.loading?.unload();
  return statusOf(model).work;
}

test('tokens are counted as their calls count them, the call that warms the model up included', async () => {
  await using idle = await (await openTinyModel()).ready();
  const warmUp = await lastWork(idle);
  expect(warmUp).toMatchObject({ cachedInputTokens: 0, outputTokens: 2, reads: 1, steps: 1 });

  await using model = await (await openTinyModel()).ready();
  const first = await usageOf(model, long);
  const second = await usageOf(model, long);
  expect(second.cachedInputTokens).toBeGreaterThan(128);
  const work = await lastWork(model);
  const computed = (first.inputTokens ?? 0) + (second.inputTokens ?? 0) - (second.cachedInputTokens ?? 0);
  expect(work).toMatchObject({
    inputTokens: warmUp.inputTokens + computed,
    cachedInputTokens: second.cachedInputTokens,
    outputTokens: 2 + 20 + 20,
    // The first token of each answer comes with the last piece of its prompt.
    steps: 1 + 19 + 19,
  });
  expect(work.readMs).toBeGreaterThan(0);
  expect(work.stepMs).toBeGreaterThan(0);
});

test('what a model has done outlives its processes', async () => {
  await using model = await (await openTinyModel()).ready();
  await usageOf(model, long);
  const before = await lastWork(model);
  await model.ready();
  const after = await lastWork(model);
  expect(after.outputTokens).toBe(before.outputTokens + 2);
  expect(statusOf(model).counts).toMatchObject({ loads: 2, unloads: { operator: 2 } });
});

test('the memory of keys and values is told: nothing but what earlier prompts have left, while nobody is answered', async () => {
  await using model = await (await openTinyModel()).ready();
  const { inputTokens = 0 } = await usageOf(model, long);
  // The pulses before and after a call are here before the first part of the next one.
  const next = generate(model.adapter, ask('Hello', { maxOutputTokens: 2 }));
  await next.next();
  const [process] = statusOf(model).processes;
  // Two layers, two heads of 16, keys and values of two bytes each.
  const bytesOfPosition = 2 * 2 * 16 * 2 * 2;
  expect(process?.cacheBytes).toBe(Math.floor(inputTokens / 64) * 64 * bytesOfPosition);
  await drain(next);
});
