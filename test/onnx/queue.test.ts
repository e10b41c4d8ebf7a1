import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

/** Its prompt alone is many runs of the graph, and while it is read the call lacks no credit. */
const long = ask('word '.repeat(600), { maxOutputTokens: 4 });
const short = ask('Hello', { maxOutputTokens: 4 });

test('one call more than may wait fails with queue-full, at once, and the others are answered', async () => {
  await using model = await (await openTinyModel({ options: { slots: 1, maxQueue: 1 } })).ready();
  const { adapter } = model;
  const first = generate(adapter, long);
  await first.next();
  const second = partsOf(adapter, short);
  const third = adapterErrorOf(partsOf(adapter, short), 'queue-full');
  expect((await third).message).toContain('1 more requests are waiting');
  expect((await drain(first)).at(-1)?.type).toBe('finish');
  expect((await second).at(-1)?.type).toBe('finish');
});

test('a call that waited says how long, and one that did not says so too', async () => {
  await using model = await (await openTinyModel({ options: { slots: 1 } })).ready();
  const { adapter } = model;
  const first = generate(adapter, long);
  const alone = (await first.next()).value;
  const sentMs = performance.now();
  const second = generate(adapter, short);
  const waited = second.next();
  await drain(first);
  const part = (await waited).value;
  const mostMs = performance.now() - sentMs;
  if (alone?.type !== 'response-metadata' || part?.type !== 'response-metadata')
    throw new Error('no metadata');
  expect(part.queuedMs).toBeGreaterThan(alone.queuedMs ?? NaN);
  expect(part.queuedMs).toBeLessThanOrEqual(mostMs);
  expect(part.responseModel).toBe('tiny');
  await drain(second);
});

test('a call that leaves the queue is never begun', async () => {
  await using model = await (await openTinyModel({ options: { slots: 1 } })).ready();
  const { adapter } = model;
  const first = generate(adapter, long);
  await first.next();
  const aborter = new AbortController();
  const second = adapterErrorOf(partsOf(adapter, short, aborter.signal), 'aborted');
  aborter.abort();
  await second;
  await drain(first);
  await adapter.inspect().idle();
});

test('a consumer that does not read holds nobody else up', async () => {
  await using model = await (await openTinyModel()).ready();
  const { adapter } = model;
  const idle = generate(adapter, ask('Go on', { maxOutputTokens: 4000 }));
  await firstText(idle);
  const others = await Promise.all([1, 2, 3].map(() => partsOf(adapter, short)));
  expect(others.map((parts) => parts.at(-1)?.type)).toEqual(['finish', 'finish', 'finish']);
  await idle.return?.();
});
