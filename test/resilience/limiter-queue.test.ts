import { describe, expect, it } from 'vitest';
import type { Refusal, Slot } from '../../src/resilience/limiter.ts';
import type { Priority } from '../../src/domain/request.ts';
import { settled } from '../support/fake-clock.ts';
import { createFixedLimiterFixture } from './limiter-fixture.ts';

const success = { outcome: 'success' } as const;

describe('a call at the limit', () => {
  it('waits for the next slot, in the order of arrival', async () => {
    const { limiter, take, acquire, clock } = createFixedLimiterFixture(2);
    const [first] = take(2);
    expect(limiter.tryAcquire()).toBeUndefined();
    const served: string[] = [];
    const waiting = ['one', 'two'].map(async (name) => {
      const slot = await acquire();
      served.push(name);
      return slot;
    });
    expect(limiter.status()).toMatchObject({ inFlight: 2, queued: 2 });

    first?.release(success);
    await settled();
    expect(served).toEqual(['one']);
    expect(limiter.status()).toMatchObject({ inFlight: 2, queued: 1 });

    releaseAdmitted(await waiting[0]);
    releaseAdmitted(await waiting[1]);
    expect(served).toEqual(['one', 'two']);
    expect(limiter.status()).toEqual({ limit: 2, inFlight: 1, queued: 0, shed: 0 });
    expect(clock.pendingTimers()).toBe(0);
  });

  it('is not overtaken by one that asks at the moment a slot becomes free', async () => {
    const { limiter, take, acquire } = createFixedLimiterFixture(1);
    const [slot] = take(1);
    const waiting = acquire();
    slot?.release(success);
    expect(limiter.tryAcquire()).toBeUndefined();
    expect(await waiting).toMatchObject({ admitted: true });
  });

  it('leaves at its deadline', async () => {
    const { limiter, take, acquire, clock } = createFixedLimiterFixture(1);
    take(1);
    const waiting = acquire({ leftMs: 300 });
    await clock.advanceAsync(299);
    expect(limiter.status().queued).toBe(1);
    await clock.advanceAsync(1);
    expect(await waiting).toMatchObject({ admitted: false, reason: 'expired' });
    expect(limiter.status()).toMatchObject({ queued: 0, shed: 1 });
  });

  it('waits no longer than the settings allow, however late its deadline', async () => {
    const { take, acquire, clock } = createFixedLimiterFixture(1, { maxWaitMs: 5000 });
    take(1);
    const waiting = acquire({ leftMs: 600_000 });
    await clock.advanceAsync(5000);
    expect(await waiting).toMatchObject({ admitted: false, reason: 'expired' });
  });

  it('leaves at once when its caller does, and that is no shedding', async () => {
    const { limiter, take, acquire, clock } = createFixedLimiterFixture(1);
    take(1);
    const caller = new AbortController();
    const waiting = acquire({ signal: caller.signal });
    caller.abort();
    expect(await waiting).toMatchObject({ admitted: false, reason: 'aborted' });
    expect(limiter.status()).toMatchObject({ queued: 0, shed: 0 });
    expect(clock.pendingTimers()).toBe(0);
  });

  it('is sent away when the limiter closes, and none waits after that', async () => {
    const { limiter, take, acquire } = createFixedLimiterFixture(1);
    take(1);
    const waiting = acquire();
    limiter.close();
    expect(await waiting).toMatchObject({ admitted: false, reason: 'closed' });
    expect(await acquire()).toMatchObject({ admitted: false, reason: 'closed' });
  });
});

it('a caller that has left gets no slot, though one is free', async () => {
  const { limiter, acquire } = createFixedLimiterFixture(1);
  expect(await acquire({ signal: AbortSignal.abort() })).toMatchObject({ reason: 'aborted' });
  expect(limiter.status().inFlight).toBe(0);
});

it('a slot that is released twice is given back once', () => {
  const { limiter, take } = createFixedLimiterFixture(2);
  const [slot] = take(2);
  slot?.release(success);
  slot?.release(success);
  slot?.answering(5);
  expect(limiter.status().inFlight).toBe(1);
});

it('interactive calls go first, and one place in eight is for batch', async () => {
  const { take, acquire } = createFixedLimiterFixture(1);
  const [slot] = take(1);
  const served: Priority[] = [];
  const run = async (priority: Priority): Promise<void> => {
    const admission = await acquire({ priority });
    served.push(priority);
    releaseAdmitted(admission);
  };
  const all = [...Array<Priority>(3).fill('batch'), ...Array<Priority>(14).fill('interactive')].map(run);
  slot?.release(success);
  await Promise.all(all);

  const sevenInteractive = Array<Priority>(7).fill('interactive');
  expect(served).toEqual([...sevenInteractive, 'batch', ...sevenInteractive, 'batch', 'batch']);
});

function releaseAdmitted(admission: Slot | Refusal | undefined): void {
  if (admission?.admitted !== true) throw new Error('not admitted');
  admission.release(success);
}
