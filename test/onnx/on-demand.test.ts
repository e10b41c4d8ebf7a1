import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { createFakeClock, settled } from '../support/fake-clock.ts';
import { ask, openTinyModel } from './tiny-model.ts';

const short = ask('Hello', { maxOutputTokens: 3 });

test('a model on demand is brought up by its first call, which waits, and says how long', async () => {
  await using model = await openTinyModel({ options: { start: 'on-demand' } });
  const { adapter } = model;
  expect(adapter.loading?.state()).toEqual({ step: 'unloaded', why: 'on-demand' });
  const startedMs = performance.now();
  const call = generate(adapter, short);
  const first = call.next();
  const second = partsOf(adapter, short);
  expect(await model.reached('loading')).toMatchObject({ callsWait: true });
  const metadata = (await first).value;
  const waitedMs = performance.now() - startedMs;
  if (metadata?.type !== 'response-metadata') throw new Error('no metadata came first');
  expect(metadata.queuedMs).toBeGreaterThan(waitedMs / 2);
  expect(metadata.queuedMs).toBeLessThanOrEqual(waitedMs);
  expect(metadata.modelVersion).toBe(adapter.loading?.status().version);
  expect([(await drain(call)).at(-1)?.type, (await second).at(-1)?.type]).toEqual(['finish', 'finish']);
  expect(adapter.loading?.status().counts.loads).toBe(1);
});

test('a model that was never loaded can do what it is declared to be for', async () => {
  await using chat = await openTinyModel({ options: { start: 'on-demand' } });
  await using embedder = await openTinyModel({
    options: { start: 'on-demand', capabilities: ['embeddings'] },
  });
  expect(chat.adapter.traits().capabilities).toContain('json-schema');
  expect(embedder.adapter.traits().capabilities).toEqual(['embeddings']);
});

test('a call that is aborted while its model is brought up ends at once, and the model comes up', async () => {
  await using model = await openTinyModel({ options: { start: 'on-demand' } });
  const aborter = new AbortController();
  const call = partsOf(model.adapter, short, aborter.signal);
  await model.reached('loading');
  aborter.abort();
  await adapterErrorOf(call, 'aborted');
  expect(model.adapter.loading?.state().step).toBe('loading');
  await model.reached('ready');
});

test('calls that wait for a model that cannot be brought up fail with what is wrong', async () => {
  await using model = await openTinyModel({
    gguf: { metadata: { 'tokenizer.chat_template': undefined } },
    options: { start: 'on-demand' },
  });
  const error = await adapterErrorOf(partsOf(model.adapter, short), 'not-ready');
  expect(error.message).toContain('no chat template');
});

test('a model that nobody calls is taken out of memory, and comes back with the next call', async () => {
  const clock = createFakeClock();
  await using model = await (
    await openTinyModel({ options: { idleUnloadMs: 1000 }, context: { clock } })
  ).ready();
  const { adapter } = model;
  clock.advance(900);
  const call = generate(adapter, ask('Go on', { maxOutputTokens: 2000 }));
  await firstText(call);
  // Times without a pulse, so that the watch over the process has no reason to doubt it.
  clock.advance(200);
  expect(adapter.loading?.state().step).toBe('ready');
  await call.return?.();
  await adapter.inspect().idle();
  await settled();
  clock.advance(999);
  expect(adapter.loading?.state().step).toBe('ready');
  clock.advance(1);
  expect(adapter.loading?.state()).toEqual({ step: 'unloaded', why: 'unused' });
  expect((await partsOf(adapter, short)).at(-1)?.type).toBe('finish');
});

test('what an operator has unloaded no call brings back', async () => {
  await using model = await openTinyModel({ options: { start: 'on-demand' } });
  const { adapter } = model;
  await adapter.loading?.unload();
  await adapterErrorOf(partsOf(adapter, short), 'not-ready');
  expect(adapter.loading?.state()).toEqual({ step: 'unloaded', why: 'operator' });
});
