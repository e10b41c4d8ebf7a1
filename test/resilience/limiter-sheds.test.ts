import { describe, expect, it } from 'vitest';
import type { Slot } from '../../src/resilience/limiter.ts';
import { createFixedLimiterFixture, type LimiterFixture } from './limiter-fixture.ts';

/** One call of 100 ms after the other, with three waiting, until the limiter knows how long a place takes. */
async function drainEvery100Ms({ clock, take, acquire }: LimiterFixture): Promise<void> {
  const [running] = take(1);
  const queue = [acquire(), acquire(), acquire()];
  running?.release({ outcome: 'success' });
  for (const waiting of queue) {
    const admission = await waiting;
    await clock.advanceAsync(100);
    if (admission.admitted) admission.release({ outcome: 'success' });
  }
}

describe('a call is refused at once', () => {
  it('when the queue is full', async () => {
    const { limiter, take, acquire } = createFixedLimiterFixture(1, { queueLength: 2 });
    take(1);
    void acquire();
    void acquire();
    expect(await acquire()).toEqual({ admitted: false, reason: 'queue-full', retryAfterMs: 1000 });
    expect(limiter.status()).toMatchObject({ queued: 2, shed: 1 });
  });

  it('when none may wait', async () => {
    const { take, acquire } = createFixedLimiterFixture(1, { queueLength: 0 });
    take(1);
    expect(await acquire()).toMatchObject({ reason: 'queue-full' });
  });

  it('when batch has filled its half of the queue; interactive calls still find room', async () => {
    const { limiter, take, acquire } = createFixedLimiterFixture(1, { queueLength: 4 });
    take(1);
    void acquire({ priority: 'batch' });
    void acquire({ priority: 'batch' });
    expect(await acquire({ priority: 'batch' })).toMatchObject({ reason: 'queue-full' });
    void acquire();
    void acquire();
    expect(limiter.status().queued).toBe(4);
  });

  it('when its deadline has passed', async () => {
    const { take, acquire } = createFixedLimiterFixture(1);
    take(1);
    expect(await acquire({ leftMs: 0 })).toMatchObject({ reason: 'too-slow' });
  });

  it('when the places before it will not be free by its deadline, and is told when they will', async () => {
    const fixture = createFixedLimiterFixture(1);
    await drainEvery100Ms(fixture);
    fixture.take(1);
    for (let waiting = 0; waiting < 5; waiting += 1) void fixture.acquire();

    expect(await fixture.acquire({ leftMs: 490 })).toEqual({
      admitted: false,
      reason: 'too-slow',
      retryAfterMs: 600,
    });
    void fixture.acquire({ leftMs: 510 });
    expect(fixture.limiter.status().queued).toBe(6);
  });

  it('when no place has become free for longer than it may wait', async () => {
    const fixture = createFixedLimiterFixture(1);
    await drainEvery100Ms(fixture);
    const running = fixture.take(1);
    const next = fixture.acquire();
    running[0]?.release({ outcome: 'success' });
    await next;
    void fixture.acquire();
    await fixture.clock.advanceAsync(4000);
    expect(await fixture.acquire({ leftMs: 3000 })).toMatchObject({ reason: 'too-slow', retryAfterMs: 4000 });
  });
});

it('the first in line is never refused for a slow past, so that a better present is noticed', async () => {
  const fixture = createFixedLimiterFixture(1);
  let [running]: (Slot | undefined)[] = fixture.take(1);
  for (let call = 0; call < 3; call += 1) {
    const next = fixture.acquire();
    await fixture.clock.advanceAsync(9000);
    running?.release({ outcome: 'success' });
    const admission = await next;
    running = admission.admitted ? admission : undefined;
  }
  await fixture.clock.advanceAsync(2000);
  void fixture.acquire({ leftMs: 1000 });
  expect(fixture.limiter.status()).toMatchObject({ queued: 1, shed: 0 });
});

it('an hour without calls says nothing about how fast places become free', async () => {
  const fixture = createFixedLimiterFixture(1);
  await drainEvery100Ms(fixture);
  await fixture.clock.advanceAsync(3_600_000);
  await drainEvery100Ms(fixture);
  fixture.take(1);
  void fixture.acquire();
  void fixture.acquire({ leftMs: 150 });
  expect(fixture.limiter.status()).toMatchObject({ queued: 2, shed: 0 });
});
