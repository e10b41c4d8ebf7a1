import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { ask, openTinyModel, type TinyModel } from './tiny-model.ts';

const long = ask('Go on', { maxOutputTokens: 4000 });

/** Resolves once all processes answer. */
async function allUp(model: TinyModel, count: number): Promise<void> {
  const { loading } = model.adapter;
  const up = Promise.withResolvers<void>();
  const look = (): void => {
    if (loading?.status().processes.length === count) up.resolve();
  };
  const stop = loading?.onChange(look);
  look();
  await up.promise;
  stop?.();
}

test('calls go to the process with the fewest', async () => {
  await using model = await openTinyModel({ options: { processes: 2 } });
  model.adapter.loading?.start();
  await allUp(model, 2);
  const calls = [1, 2, 3, 4].map(() => generate(model.adapter, long));
  for (const call of calls) await firstText(call);
  const busy = model.adapter.loading?.status().processes.map(({ busySlots }) => busySlots);
  expect(busy).toEqual([2, 2]);
  for (const call of calls) await call.return?.();
});

test('where one process dies the others go on, and it comes back', async () => {
  const clock = createFakeClock();
  await using model = await openTinyModel({ options: { processes: 2 }, context: { clock } });
  const { adapter } = model;
  adapter.loading?.start();
  await allUp(model, 2);
  const [first, second] = [generate(adapter, long), generate(adapter, ask('Hello', { maxOutputTokens: 40 }))];
  await firstText(first);
  await firstText(second);
  process.kill(adapter.loading?.status().processes[0]?.pid ?? 0, 'SIGKILL');
  await adapterErrorOf(drain(first), 'crashed');
  expect((await drain(second)).at(-1)?.type).toBe('finish');
  expect(adapter.loading?.state().step).toBe('ready');
  expect((await partsOf(adapter, ask('Hello', { maxOutputTokens: 3 }))).at(-1)?.type).toBe('finish');
  expect(adapter.loading?.status().counts.crashes).toBe(1);
  clock.advance(250);
  await allUp(model, 2);
});
