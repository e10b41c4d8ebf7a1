import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture, type BreakerFixture } from './breaker-fixture.ts';

describe('a half-open breaker', () => {
  it('closes after two probes that succeed, and forgets the failures from before', async () => {
    const { breaker, call, changes, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' }, 2);
    await settled();

    expect(breaker.status()).toMatchObject({
      state: 'closed',
      openedAtMs: undefined,
      retryAtMs: undefined,
      failureRate: undefined,
    });
    expect(changes.map(({ to, reason }) => [to, reason])).toEqual([
      ['open', '10 of 10 calls failed within 30 s'],
      ['half-open', 'the open time is over'],
      ['closed', '2 probes succeeded'],
    ]);
  });

  it('opens again after one probe that fails', async () => {
    const { breaker, call, changes, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' });
    call({ verdict: 'failure' });
    await settled();

    expect(breaker.status().state).toBe('open');
    expect(changes.at(-1)).toEqual({ from: 'half-open', to: 'open', reason: 'a probe failed or was slow' });
  });

  it('opens again after a probe that is slow, though it succeeds', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success', slow: true });
    await settled();
    expect(breaker.status().state).toBe('open');
  });

  it('lets no call through between the deciding probe and the new state', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'failure' });
    expect(breaker.tryEnter()).toBeUndefined();
  });

  it('is decided by the first probe that can, whatever ends in the same moment', async () => {
    const { breaker, changes, halfOpen } = createBreakerFixture();
    await halfOpen();
    const probes = [breaker.tryEnter(), breaker.tryEnter(), breaker.tryEnter()];
    for (const [index, probe] of probes.entries()) {
      probe?.settle({ verdict: index === 0 ? 'failure' : 'success' });
    }
    await settled();
    expect(changes.at(-1)).toMatchObject({ to: 'open', reason: 'a probe failed or was slow' });
  });

  it('does not hear of calls that began before it opened', async () => {
    const { breaker, halfOpen } = createBreakerFixture();
    const early = breaker.tryEnter();
    await halfOpen();
    early?.settle({ verdict: 'failure' });
    await settled();
    expect(breaker.status().state).toBe('half-open');
  });
});

describe('the open time', () => {
  it('doubles each time a probe fails, up to five minutes', async () => {
    const fixture = createBreakerFixture();
    await fixture.halfOpen();
    const openTimes: number[] = [];
    for (let round = 0; round < 6; round += 1) openTimes.push(await failProbe(fixture));
    expect(openTimes).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  it('goes on doubling where the deployment fails again soon after it was let back', async () => {
    const { breaker, call, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' }, 2);
    await clock.advanceAsync(59_999);
    call({ verdict: 'failure' }, 10);
    expect(openTimeMs(breaker.status())).toBe(30_000);
  });

  it('begins anew once the deployment has stayed healthy for a ramp and a window', async () => {
    const { breaker, call, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' }, 2);
    await clock.advanceAsync(60_000);
    call({ verdict: 'failure' }, 10);
    expect(openTimeMs(breaker.status())).toBe(15_000);
  });

  it('is up to a fifth longer by chance', () => {
    const { breaker, call } = createBreakerFixture({ random: () => 0.5 });
    call({ verdict: 'failure' }, 10);
    expect(openTimeMs(breaker.status())).toBe(16_500);
  });
});

async function failProbe({ breaker, call, clock }: BreakerFixture): Promise<number> {
  call({ verdict: 'failure' });
  await settled();
  const openMs = openTimeMs(breaker.status());
  await clock.advanceAsync(openMs);
  return openMs;
}

function openTimeMs(status: {
  readonly openedAtMs: number | undefined;
  readonly retryAtMs: number | undefined;
}): number {
  return (status.retryAtMs ?? Number.NaN) - (status.openedAtMs ?? Number.NaN);
}
