import { expect, test } from 'vitest';
import { adapterErrorOf, drain, firstText, generate, partsOf } from '../../conformance/observe.ts';
import { ask, open, playing } from './open.ts';

test('a fault carries what the script says of it', async () => {
  const { adapter } = playing({ type: 'fail', kind: 'rate-limit', retryAfterMs: 5000 });
  const error = await adapterErrorOf(partsOf(adapter, ask('Hi')), 'rate-limit');
  expect(error).toMatchObject({
    retryAfterMs: 5000,
    phase: undefined,
    message: 'the script of puppet says rate-limit',
  });
  const late = playing({ type: 'fail', kind: 'timeout', phase: 'first-token' });
  expect((await adapterErrorOf(partsOf(late.adapter, ask('Hi')), 'timeout')).phase).toBe('first-token');
});

test('a fault after a text breaks the answer in its middle', async () => {
  const { adapter } = playing({ type: 'text', text: 'so far' }, { type: 'fail', kind: 'stream-cut' });
  const iterator = generate(adapter, ask('Hi'));
  expect(await firstText(iterator)).toBe('so ');
  await adapterErrorOf(drain(iterator), 'stream-cut');
});

test('every second call fails and the others do not', async () => {
  const { adapter } = open({
    rules: [{ when: { every: 2 }, play: [{ type: 'fail', kind: 'unavailable' }] }],
  });
  for (let round = 0; round < 3; round += 1) {
    expect((await partsOf(adapter, ask('Hi'))).at(-1)?.type).toBe('finish');
    await adapterErrorOf(partsOf(adapter, ask('Hi')), 'unavailable');
  }
});

test('a wait that is aborted leaves no timer', async () => {
  const { adapter, clock } = playing({ type: 'wait', durationMs: 1000 });
  const aborter = new AbortController();
  const parts = partsOf(adapter, ask('Hi'), aborter.signal);
  await clock.advanceAsync(999);
  expect(clock.pendingTimers()).toBe(1);
  aborter.abort();
  await adapterErrorOf(parts, 'aborted');
  expect(clock.pendingTimers()).toBe(0);
});

test('an abort at the very end of a wait is not lost on the stall that follows', async () => {
  const { adapter, clock } = playing({ type: 'wait', durationMs: 1000 }, { type: 'stall' });
  const aborter = new AbortController();
  const parts = partsOf(adapter, ask('Hi'), aborter.signal);
  await clock.advanceAsync(0);
  // In one breath: the wait is over, but the script has not gone on yet.
  clock.advance(1000);
  aborter.abort();
  await adapterErrorOf(parts, 'aborted');
});
