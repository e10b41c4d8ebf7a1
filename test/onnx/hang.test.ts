import { expect, test } from 'vitest';
import { firstText, generate, partsOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, openTinyModel } from './tiny-model.ts';

test('a process that is stopped while it holds a cancelled call is ended, and comes back', async () => {
  const clock = createFakeClock();
  await using model = await (await openTinyModel({ context: { clock } })).ready();
  const { adapter, logged } = model;
  const { pid = 0 } = adapter.inspect();
  const answer = generate(adapter, ask('Tell a story', { maxOutputTokens: 4000 }));
  await firstText(answer);
  process.kill(pid, 'SIGSTOP');
  await answer.return?.();

  expect(adapter.inspect().pid).toBe(pid);
  // The signal may reach the process at any moment of these six seconds, so which of the watches sees it first is open.
  clock.advance(6000);
  await model.reached('failed');
  expect(logged.join()).toMatch(/it was stopped|it gave no sign of life|it did not let go of a call/);
  clock.advance(250);
  await model.reached('ready');
  expect(adapter.inspect().pid).not.toBe(pid);
});

test('a call that is cancelled and ends leaves the process alone', async () => {
  const clock = createFakeClock();
  await using model = await (await openTinyModel({ context: { clock } })).ready();
  const { adapter } = model;
  const { pid } = adapter.inspect();
  const answer = generate(adapter, ask('Tell a story', { maxOutputTokens: 4000 }));
  await firstText(answer);
  await answer.return?.();
  // One call at a time: when this one has its answer, the other has ended.
  await partsOf(adapter, ask('Hello', { maxOutputTokens: 3 }));
  clock.advance(60_000);
  expect(adapter.inspect().pid).toBe(pid);
});
