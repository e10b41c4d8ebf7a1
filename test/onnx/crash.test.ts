import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, openTinyModel } from './tiny-model.ts';

const story = ask('Tell a story', { maxOutputTokens: 4000 });

test('a process killed in the middle of an answer is one error of its call, and comes back', async () => {
  const clock = createFakeClock();
  await using model = await (await openTinyModel({ context: { clock } })).ready();
  const { adapter } = model;
  const { pid = 0 } = adapter.inspect();
  const answer = generate(adapter, story);
  await firstText(answer);
  const waiting = partsOf(adapter, ask('And another'));

  process.kill(pid, 'SIGKILL');
  const error = await adapterErrorOf(drain(answer), 'crashed');
  expect(error.message).toContain('SIGKILL');
  await adapterErrorOf(waiting, 'crashed');
  // 250 ms after a first crash, of which chance, here one half, takes up to half away.
  expect(await model.reached('failed')).toEqual({
    step: 'failed',
    problem: "The model's process ended unexpectedly and is started again.",
    retryAtMs: clock.wallMs() + 187.5,
  });
  await adapterErrorOf(partsOf(adapter, story), 'not-ready');

  clock.advance(187);
  expect(adapter.loading?.state().step).toBe('failed');
  clock.advance(1);
  await model.reached('ready');
  expect(adapter.inspect().pid).not.toBe(pid);
  expect((await partsOf(adapter, ask('Hello', { maxOutputTokens: 3 }))).at(-1)?.type).toBe('finish');
});

test('signals that a terminal or a service manager sends to the whole group end no answer', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const answer = generate(adapter, ask('Tell a story', { maxOutputTokens: 60 }));
  await firstText(answer);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.kill(adapter.inspect().pid ?? 0, signal);
  expect((await drain(answer)).at(-1)).toMatchObject({ type: 'finish', usage: { outputTokens: 60 } });
});

test('prompts and answers are in no log, whatever happens', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter, logged } = model;
  const secret = 'hunter2-the-password';
  const answer = generate(adapter, ask(secret, { maxOutputTokens: 4000 }));
  const text = await firstText(answer);
  await adapterErrorOf(partsOf(adapter, ask(`${secret} `.repeat(4000))), 'context-length');
  process.kill(adapter.inspect().pid ?? 0, 'SIGABRT');
  await adapterErrorOf(drain(answer), 'crashed');
  await model.reached('failed');
  expect(logged.some((line) => line.includes('SIGABRT'))).toBe(true);
  expect(logged.filter((line) => line.includes('hunter2'))).toEqual([]);
  expect(text).not.toBe('');
});
