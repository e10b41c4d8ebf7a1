import { expect, test } from 'vitest';
import type { StreamPart } from '../../../adapters/contract.ts';
import { drain, generate, partsOf } from '../../conformance/observe.ts';
import { ask, playing } from './open.ts';

/** What the steps say, without the finish. */
async function said(...steps: readonly object[]): Promise<readonly StreamPart[]> {
  return (await partsOf(playing(...steps).adapter, ask('hello you'))).slice(0, -1);
}

test.each([
  ['word', ['Two  ', 'wörds\n', '👩‍👩‍👧!']],
  ['character', ['T', 'w', 'o', ' ', ' ', 'w', 'ö', 'r', 'd', 's', '\n', '👩‍👩‍👧', '!']],
  ['whole', ['Two  wörds\n👩‍👩‍👧!']],
])('a text is split by %s', async (by, parts) => {
  expect(await said({ type: 'text', text: 'Two  wörds\n👩‍👩‍👧!', by })).toEqual(
    parts.map((text) => ({ type: 'text-delta', text })),
  );
});

test('steps are played in order', async () => {
  expect(
    await said(
      { type: 'reasoning', text: 'Hm.' },
      { type: 'echo', by: 'whole' },
      { type: 'text', text: '!', times: 2 },
    ),
  ).toEqual([
    { type: 'reasoning-delta', text: 'Hm.' },
    { type: 'text-delta', text: 'hello you' },
    { type: 'text-delta', text: '!' },
    { type: 'text-delta', text: '!' },
  ]);
});

test('a tool call has its id and name first and its arguments as JSON', async () => {
  expect(
    await said(
      { type: 'tool-call', name: 'weather', arguments: { city: 'Oslo', days: [1, 2] } },
      { type: 'tool-call', name: 'clock' },
    ),
  ).toEqual([
    { type: 'tool-call-delta', index: 0, id: 'call-1', name: 'weather', argumentsDelta: '' },
    { type: 'tool-call-delta', index: 0, argumentsDelta: '{"city":"Oslo","days":[1,2]}' },
    { type: 'tool-call-delta', index: 1, id: 'call-2', name: 'clock', argumentsDelta: '' },
    { type: 'tool-call-delta', index: 1, argumentsDelta: '{}' },
  ]);
});

test('waits and delays take the time of the clock that was passed in', async () => {
  const { adapter, clock } = playing(
    { type: 'wait', durationMs: 500 },
    { type: 'text', text: 'a b', delayMs: 20 },
  );
  const iterator = generate(adapter, ask('Hi'));
  const arrivals: number[] = [];
  const startMs = clock.monotonicMs();
  const whole = (async () => {
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
      arrivals.push(clock.monotonicMs() - startMs);
    }
  })();
  await clock.advanceAsync(1000);
  await whole;
  expect(arrivals).toEqual([520, 540, 540]);
});

test('an empty message is echoed as an answer without text', async () => {
  const { adapter } = playing({ type: 'echo' });
  expect((await drain(generate(adapter, ask('')))).map(({ type }) => type)).toEqual(['finish']);
});
