import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

test('a process that was stopped is ended, its callers get a typed error, and another one answers', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const call = generate(adapter, ask('Go on', { maxOutputTokens: 4000 }));
  await firstText(call);
  const { pid = 0 } = adapter.inspect();
  process.kill(pid, 'SIGSTOP');
  const error = await adapterErrorOf(drain(call), 'crashed');
  expect(error.message).toContain('it was stopped');
  await model.reached('failed');
  await model.reached('ready');
  expect((await partsOf(adapter, ask('Hello', { maxOutputTokens: 2 }))).at(-1)?.type).toBe('finish');
});

test('a process that holds more memory than it may is ended, and the log has the figures', async () => {
  await using model = await openTinyModel({ options: { maxResidentBytes: 1e6 } });
  model.adapter.loading?.start();
  await model.reached('failed');
  expect(model.logged.join()).toMatch(/it held \d+ MB of memory, and 1 MB is the most/);
});
