import { expect, test } from 'vitest';
import type { AdapterContext } from '../../adapters/contract.ts';
import { createLocalResources } from '../../adapters/onnx/local-resources.ts';
import { adapterErrorOf, firstText, generate, partsOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

const short = ask('Hello', { maxOutputTokens: 3 });
const long = ask('Go on', { maxOutputTokens: 4000 });

/** Each needs 198 MB. */
const small = { prefixCacheBytes: 0, slots: 1 };

async function open(context: Partial<AdapterContext>, count: number): Promise<readonly TinyModel[]> {
  const models = Array.from({ length: count }, () =>
    openTinyModel({ options: { start: 'on-demand', ...small }, context }),
  );
  return await Promise.all(models);
}

async function close(models: readonly TinyModel[]): Promise<void> {
  for (const model of models) await model[Symbol.asyncDispose]();
}

const steps = (models: readonly TinyModel[]) => models.map(({ adapter }) => adapter.loading?.state().step);

test('where there is memory for two, the third takes the place of the one used longest ago, and so on', async () => {
  const local = createLocalResources({ memoryBytes: 500e6 });
  const models = await open({ local }, 3);
  const seen: unknown[] = [];
  for (const index of [0, 1, 2, 0]) {
    const { adapter } = models[index] ?? expect.fail();
    expect((await partsOf(adapter, short)).at(-1)?.type).toBe('finish');
    expect(local.reservedBytes()).toBeLessThanOrEqual(500e6);
    seen.push(steps(models).map((step) => step === 'ready'));
  }
  expect(seen).toEqual([
    [true, false, false],
    [true, true, false],
    [false, true, true],
    [true, false, true],
  ]);
  expect(models[0]?.adapter.loading?.status().counts).toMatchObject({ loads: 2, unloads: { memory: 1 } });
  await close(models);
  expect(local.reservedBytes()).toBe(0);
});

test('a model that works is left alone, and who needs its memory waits until it is idle', async () => {
  const local = createLocalResources({ memoryBytes: 300e6 });
  const [busy, waiting, ...rest] = await open({ local }, 2);
  if (busy === undefined || waiting === undefined) throw new Error('two models were opened');
  const call = generate(busy.adapter, long);
  await firstText(call);
  const answer = partsOf(waiting.adapter, short);
  await waiting.reached('loading');
  expect(busy.adapter.loading?.state().step).toBe('ready');
  await call.return?.();
  expect((await answer).at(-1)?.type).toBe('finish');
  expect(busy.adapter.loading?.state()).toEqual({ step: 'unloaded', why: 'memory' });
  await close([busy, waiting, ...rest]);
});

test('a call waits ten seconds for the memory of models that work, and then goes elsewhere', async () => {
  const clock = createFakeClock();
  const local = createLocalResources({ memoryBytes: 300e6 });
  const [busy] = await open({ local }, 1);
  const [waiting] = await open({ local, clock }, 1);
  if (busy === undefined || waiting === undefined) throw new Error('two models were opened');
  const call = generate(busy.adapter, long);
  await firstText(call);
  const refused = adapterErrorOf(partsOf(waiting.adapter, short), 'not-ready');
  const told = Promise.withResolvers<void>();
  waiting.adapter.loading?.onChange((state) => {
    if ('what' in state && state.what.includes('waits for the memory')) told.resolve();
  });
  await told.promise;
  clock.advance(10_000);
  expect((await refused).message).toContain('waits for the memory of other models');
  await call.return?.();
  await close([busy, waiting]);
});
