import { describe, expect, test } from 'vitest';
import { caller } from '../support/composed-gateway.ts';
import { settled } from '../support/fake-clock.ts';
import { client, dictated, input, resumed, started } from './resumable-fixture.ts';

const notFound = { type: 'failed', sequence: 0, partialText: '', problem: { code: 'GENERATION_NOT_FOUND' } };

describe('a resumable stream whose client has left', () => {
  test('goes on, and is read on after the last event seen', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    gateway.say('b');
    await gateway.clock.advanceAsync(59_999);
    const back = resumed(gateway, 2);
    expect(await back.next()).toMatchObject({ sequence: 3, text: 'b', generationId: 'generation-1' });
    gateway.say('c', '');
    expect(await back.rest()).toBe('c');
    expect(gateway.outcomes).toMatchObject([{ result: { type: 'completed' } }]);
    expect(gateway.model.calls).toHaveLength(1);
  });

  test('is cancelled at the end of the window, and then unknown', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    await gateway.clock.advanceAsync(60_000);
    await gateway.aborted;
    await gateway.gateway.drain(1000);
    expect(gateway.outcomes).toMatchObject([
      { result: { type: 'failed', problem: { code: 'CANCELLED' }, partialText: 'a' } },
    ]);
    expect(await resumed(gateway, 2).next()).toMatchObject(notFound);
    expect(gateway.clock.pendingTimers()).toBe(0);
  });

  test('has a new window after each visit', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    for (let visit = 0; visit < 3; visit += 1) {
      await gateway.clock.advanceAsync(50_000);
      const back = resumed(gateway, 1);
      expect(await back.next()).toMatchObject({ text: 'a' });
      back.leave();
    }
    await gateway.clock.advanceAsync(59_999);
    expect(gateway.outcomes).toEqual([]);
    await gateway.clock.advanceAsync(1);
    await gateway.aborted;
  });

  test('is not cancelled while another client reads it', async () => {
    const gateway = dictated();
    const first = await started(gateway, 'a');
    const second = resumed(gateway, 2);
    const next = second.next();
    first.leave();
    await gateway.clock.advanceAsync(100_000);
    gateway.say('b');
    expect(await next).toMatchObject({ text: 'b', sequence: 3 });
  });

  test('can be read again for the window once it has ended', async () => {
    const gateway = dictated();
    const first = await started(gateway, 'a');
    gateway.say('b', '');
    expect(await first.rest()).toBe('b');
    await gateway.clock.advanceAsync(59_999);
    expect(await resumed(gateway, 0).rest()).toBe('ab');
    // After the last event there is nothing more, which is no problem.
    expect(await resumed(gateway, 4).rest()).toBe('');
    await gateway.clock.advanceAsync(60_000);
    expect(await resumed(gateway, 0).next()).toMatchObject(notFound);
    expect([gateway.clock.pendingTimers(), gateway.outcomes.length]).toEqual([0, 1]);
  });

  test('also when its loop was left instead', async () => {
    const gateway = dictated();
    gateway.say('a', 'b');
    for await (const event of gateway.gateway.stream(input, caller())) if (event.type === 'text-delta') break;
    expect(gateway.outcomes).toEqual([]);
    await gateway.clock.advanceAsync(60_000);
    await gateway.aborted;
  });
});

test('two clients at once get the same events', async () => {
  const gateway = dictated();
  const first = await started(gateway, 'a');
  const second = resumed(gateway, 1);
  gateway.say('b', 'c', '');
  expect(await Promise.all([first.rest(), second.rest()])).toEqual(['bc', 'abc']);
});

test('a stream that is not resumable ends when its client leaves', async () => {
  const gateway = dictated();
  const one = client((by) => gateway.gateway.stream({ ...input, resumable: false }, by));
  gateway.say('a');
  await one.next();
  await one.next();
  const ended = one.next();
  one.leave();
  await gateway.aborted;
  expect(await ended).toMatchObject({ problem: { code: 'CANCELLED' } });
  expect(await resumed(gateway, 0).next()).toMatchObject(notFound);
});

test('a whole answer is not resumable, whatever its input says', async () => {
  const gateway = dictated();
  const leaving = new AbortController();
  const answer = gateway.gateway.generate(input, caller('anonymous', leaving.signal));
  await settled();
  leaving.abort();
  expect(await answer).toMatchObject({ problem: { code: 'CANCELLED' } });
});

test('another tenant’s stream is as unknown as one that never was', async () => {
  const gateway = dictated();
  await started(gateway, 'a');
  const [theirs] = await Array.fromAsync(
    gateway.gateway.resume({ generationId: 'generation-1', afterSequence: 0 }, caller('other')),
  );
  const [never] = await Array.fromAsync(
    gateway.gateway.resume({ generationId: 'generation-9', afterSequence: 0 }, caller('other')),
  );
  expect(theirs).toMatchObject(notFound);
  expect({ ...theirs, generationId: '' }).toEqual({ ...never, generationId: '' });
});
