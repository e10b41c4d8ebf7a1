import { describe, expect, test } from 'vitest';
import { caller } from '../support/composed-gateway.ts';
import { settled } from '../support/fake-clock.ts';
import { dictated, input, resumed, started } from './resumable-fixture.ts';

/** A word that fills much of a small buffer. */
const word = 'x'.repeat(1000);
/** The model's next part waits behind the one that the stream holds. */
const inHand = 1;
const words = (count: number): readonly string[] => Array.from({ length: count }, () => word);

describe('a model is asked for no more than can be kept', () => {
  test('without a client: until the buffer is full, and again when somebody comes', async () => {
    const gateway = dictated({ maxBytes: 11_000 });
    (await started(gateway, word)).leave();
    gateway.say(...words(50), '');
    await settled();
    // Five of 2160 bytes do not fit beside the plan; the fifth waits in hand.
    expect(gateway.pulled()).toBe(5 + inHand);
    await gateway.clock.advanceAsync(59_000);
    expect(gateway.pulled()).toBe(5 + inHand);
    expect(await resumed(gateway, 2).rest()).toBe(word.repeat(50));
    expect(gateway.outcomes).toMatchObject([{ result: { type: 'completed' } }]);
  });

  test('without a client, until the window ends: then it is cancelled', async () => {
    const gateway = dictated({ maxBytes: 11_000 });
    (await started(gateway, word)).leave();
    gateway.say(...words(50));
    await gateway.clock.advanceAsync(60_000);
    await gateway.gateway.drain(1000);
    expect(gateway.outcomes).toMatchObject([{ result: { problem: { code: 'CANCELLED' } } }]);
    expect(gateway.pulled()).toBe(5 + inHand);
  });

  test('with a slow client: a few events ahead of it', async () => {
    const gateway = dictated({ maxEventsAhead: 4 });
    const slow = await started(gateway, 'a');
    gateway.say(...words(50));
    await settled();
    // Four are kept for it and one waits in hand.
    expect(gateway.pulled()).toBe(1 + 4 + 1 + inHand);
    await slow.next();
    await settled();
    expect(gateway.pulled()).toBe(1 + 4 + 2 + inHand);
  });

  test('with a fast client and a slow one: a few events ahead of the slow one', async () => {
    const gateway = dictated({ maxEventsAhead: 4 });
    const [slow, fast] = [await started(gateway, 'a'), resumed(gateway, 2)];
    gateway.say(...words(50), '');
    const rest = fast.rest();
    await settled();
    expect(gateway.pulled()).toBe(1 + 4 + 1 + inHand);
    slow.leave();
    expect(await rest).toBe(word.repeat(50));
  });
});

describe('what cannot be resumed says why', () => {
  test('events that are not kept any more', async () => {
    const gateway = dictated({ maxBytes: 11_000 });
    const first = await started(gateway, 'a');
    gateway.say(...words(20), '');
    await first.rest();
    expect(await resumed(gateway, 2).next()).toMatchObject({
      type: 'failed',
      sequence: 0,
      problem: {
        code: 'RESUME_IMPOSSIBLE',
        firstSequence: 23,
        lastSequence: 23,
        message: expect.stringContaining('Resume after 22'),
      },
    });
    expect(await resumed(gateway, 22).next()).toMatchObject({ type: 'completed', sequence: 23 });
  });

  test.for([
    [-1, 'No event has a number below 1'],
    [3, 'not come further than event 2'],
  ] as const)('the place %i', async ([afterSequence, message]) => {
    const gateway = dictated();
    await started(gateway, 'a');
    expect(await resumed(gateway, afterSequence).next()).toMatchObject({
      sequence: 0,
      problem: { code: 'RESUME_IMPOSSIBLE', message: expect.stringContaining(message) },
    });
  });
});

describe('a tenant has a bounded number of streams', () => {
  test('those that run are not given up for another one, which is refused before a model is asked', async () => {
    const gateway = dictated({ maxTenantStreams: 2 });
    (await startAnother(gateway)).leave();
    await startAnother(gateway);
    await settled();
    const { event } = await startAnother(gateway);
    expect(event).toMatchObject({ type: 'failed', sequence: 1, problem: { code: 'TOO_MANY_STREAMS' } });
    expect([gateway.model.calls.length, gateway.outcomes.length]).toEqual([2, 0]);
    expect((await startAnother(gateway, 'other')).event).toMatchObject({ type: 'route-decided' });
    expect(await resumed(gateway, 0).next()).toMatchObject({ type: 'route-decided' });
  });

  test('the oldest that has ended and has no client makes room', async () => {
    const gateway = dictated({ maxTenantStreams: 2 });
    for (const _ of [1, 2]) {
      const { events } = await startAnother(gateway);
      gateway.end();
      while ((await events.next()).done !== true);
    }
    expect((await startAnother(gateway)).event).toMatchObject({ type: 'route-decided' });
    expect(await resumed(gateway, 0).next()).toMatchObject({ problem: { code: 'GENERATION_NOT_FOUND' } });
    const second = gateway.gateway.resume({ generationId: 'generation-2', afterSequence: 1 }, caller());
    expect(await Array.fromAsync(second)).toMatchObject([{ type: 'completed' }]);
  });

  test('and a bounded memory: who has more than a share leaves less for others', async () => {
    const gateway = dictated({ maxTenantStreams: 4, maxTenantBytes: 24_000, maxBytes: 16_000 });
    const first = await started(gateway, word);
    first.leave();
    gateway.say(...words(6));
    await settled();
    // More than two of four shares are taken: there is one more.
    expect((await startAnother(gateway)).event).toMatchObject({ type: 'route-decided' });
    expect((await startAnother(gateway)).event).toMatchObject({ problem: { code: 'TOO_MANY_STREAMS' } });
    await gateway.clock.advanceAsync(60_000);
    await settled();
    expect((await startAnother(gateway)).event).toMatchObject({ type: 'route-decided' });
  });
});

/** Somebody asks for a stream and gets its first event. */
async function startAnother({ gateway }: ReturnType<typeof dictated>, tenant = 'anonymous') {
  const left = new AbortController();
  const events = gateway.stream(input, caller(tenant, left.signal))[Symbol.asyncIterator]();
  const { value } = await events.next();
  return { event: value as unknown, leave: () => left.abort(), events };
}
