import { describe, expect, test } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { dictated, resumed, started } from './resumable-fixture.ts';

const shutdown = { type: 'failed', problem: { code: 'SERVER_SHUTDOWN' } };

describe('a gateway that stops', () => {
  test('waits for a generation without a client', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    let drained = false;
    const waiting = gateway.gateway.drain(1000).then(() => (drained = true));
    await settled();
    expect(drained).toBe(false);
    gateway.end();
    await waiting;
    expect(gateway.outcomes).toMatchObject([{ result: { type: 'completed' } }]);
  });

  test('waits no longer than it may', async () => {
    const gateway = dictated();
    await started(gateway, 'a');
    const waiting = gateway.gateway.drain(1000);
    await gateway.clock.advanceAsync(1000);
    await waiting;
    expect(gateway.outcomes).toEqual([]);
  });

  test('ends it when it can wait no longer', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    gateway.shutdown.abort();
    await gateway.gateway.drain(1000);
    expect(gateway.outcomes).toMatchObject([{ result: { ...shutdown, partialText: 'a' } }]);
  });

  test('ends one that waits for room as well', async () => {
    const gateway = dictated({ maxBytes: 1000 });
    (await started(gateway, 'a')).leave();
    gateway.say('x'.repeat(900), 'y');
    await settled();
    gateway.shutdown.abort();
    await gateway.gateway.drain(1000);
    expect(gateway.outcomes).toMatchObject([{ result: shutdown }]);
    expect(gateway.clock.pendingTimers()).toBe(0);
  });

  test('tells the client that reads, however slow it is', async () => {
    const gateway = dictated({ maxEventsAhead: 1 });
    const slow = await started(gateway, 'a');
    gateway.say('b', 'c');
    await settled();
    gateway.shutdown.abort();
    expect(await slow.next()).toMatchObject({ text: 'b', sequence: 3 });
    expect(await slow.next()).toMatchObject({ text: 'c', sequence: 4 });
    expect(await slow.next()).toMatchObject({ ...shutdown, sequence: 5, partialText: 'abc' });
    expect(gateway.outcomes).toHaveLength(1);
  });

  test('leaves no timer and no stream behind once it is closed', async () => {
    const gateway = dictated();
    const finished = await started(gateway, 'a');
    gateway.end();
    await finished.rest();
    const reader = await started(gateway, 'b');
    await gateway.gateway.close();
    await gateway.gateway.close();
    expect(await reader.rest()).toBe('');
    expect([gateway.clock.pendingTimers(), gateway.outcomes.length]).toEqual([0, 2]);
    expect(await resumed(gateway, 0).next()).toMatchObject({ problem: { code: 'GENERATION_NOT_FOUND' } });
  });
});

describe('a bug in a generation', () => {
  test('reaches every client that reads it', async () => {
    const gateway = dictated();
    const [first, second] = [await started(gateway, 'a'), resumed(gateway, 2)];
    gateway.say(new TypeError('oops'));
    await expect(first.next()).rejects.toThrow('oops');
    await expect(second.next()).rejects.toThrow('oops');
    await gateway.gateway.close();
    expect(gateway.unseenBugs).toEqual([]);
  });

  test('is told where no client came for it', async () => {
    const gateway = dictated();
    (await started(gateway, 'a')).leave();
    gateway.say(new TypeError('oops'));
    await gateway.clock.advanceAsync(60_000);
    expect(gateway.unseenBugs).toMatchObject([{ message: 'oops' }]);
    expect(gateway.outcomes).toMatchObject([{ result: { problem: { code: 'INTERNAL_ERROR' } } }]);
  });
});
