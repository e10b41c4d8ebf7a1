import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

const short = ask('Hello', { maxOutputTokens: 3 });

test('an unloaded model lets its calls end, takes no more, and answers again once it is started', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const underWay = generate(adapter, ask('Hello', { maxOutputTokens: 40 }));
  await firstText(underWay);
  const unloaded = adapter.loading?.unload();
  expect(adapter.loading?.state()).toEqual({ step: 'unloaded', why: 'operator' });
  const refused = await adapterErrorOf(partsOf(adapter, short), 'not-ready');
  expect(refused.message).toContain('loadModel');
  expect((await drain(underWay)).at(-1)?.type).toBe('finish');
  await unloaded;
  expect(adapter.loading?.status().processes).toEqual([]);
  await model.ready();
  expect((await partsOf(adapter, short)).at(-1)?.type).toBe('finish');
});

test('a model that is told to go and to come back comes back', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const unloaded = adapter.loading?.unload();
  const ready = model.ready();
  await unloaded;
  await ready;
  expect((await partsOf(adapter, short)).at(-1)?.type).toBe('finish');
});

test('the status tells version, source, memory and what the process has to do', async () => {
  await using model = await (await openTinyModel({ options: { slots: 2 } })).ready();
  const { adapter } = model;
  const calls = [1, 2, 3].map(() => generate(adapter, ask('Go on', { maxOutputTokens: 4000 })));
  await firstText(calls[0] ?? expect.fail());
  await firstText(calls[1] ?? expect.fail());
  const status = adapter.loading?.status();
  expect(status).toMatchObject({
    batched: true,
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
    source: 'gguf:tiny.gguf',
    processes: [{ pid: adapter.inspect().pid, slots: 2, busySlots: 2 }],
  });
  expect(status?.reservedBytes).toBeGreaterThan(100e6);
  for (const call of calls) await call.return?.();
});
