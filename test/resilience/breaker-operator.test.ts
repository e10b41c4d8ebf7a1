import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture } from './breaker-fixture.ts';

describe('an operator who holds a breaker open', () => {
  it('keeps calls away until it is reset, with the reason', async () => {
    const { breaker, changes, clock } = createBreakerFixture();
    breaker.hold({ reason: 'maintenance' });
    await clock.advanceAsync(86_400_000);

    expect(breaker.tryEnter({ panic: true, lastChance: true })).toBeUndefined();
    expect(breaker.status()).toMatchObject({
      state: 'open',
      retryAtMs: undefined,
      held: { reason: 'maintenance' },
    });
    expect(changes).toEqual([
      { from: 'closed', to: 'open', reason: 'held open by an operator: maintenance' },
    ]);
  });

  it('for a time has it probed afterwards', async () => {
    const { breaker, clock } = createBreakerFixture();
    breaker.hold({ forMs: 60_000 });
    expect(breaker.status().retryAtMs).toBe(clock.wallMs() + 60_000);
    await clock.advanceAsync(59_999);
    expect(breaker.status()).toMatchObject({ state: 'open', held: { reason: undefined } });
    await clock.advanceAsync(1);
    expect(breaker.status()).toMatchObject({ state: 'half-open', held: undefined });
  });

  it('takes over one that is open, and is told of it', async () => {
    const { breaker, call, changes, clock } = createBreakerFixture();
    call({ verdict: 'failure' }, 10);
    const { openedAtMs } = breaker.status();
    await clock.advanceAsync(5000);
    breaker.hold();
    await clock.advanceAsync(60_000);

    expect(breaker.status()).toMatchObject({ state: 'open', openedAtMs, failureRate: 1 });
    expect(changes.at(-1)).toEqual({ from: 'open', to: 'open', reason: 'held open by an operator' });
  });

  it('shortens no open time', async () => {
    const { breaker, call, clock } = createBreakerFixture();
    call({ verdict: 'failure' }, 10);
    breaker.hold({ forMs: 1 });
    await clock.advanceAsync(14_999);
    expect(breaker.status().state).toBe('open');
    await clock.advanceAsync(1);
    expect(breaker.status().state).toBe('half-open');
  });

  it('is not overruled by a probe that ends afterwards', async () => {
    const { breaker, halfOpen } = createBreakerFixture();
    await halfOpen();
    const probes = [breaker.tryEnter(), breaker.tryEnter()];
    breaker.hold();
    for (const probe of probes) probe?.settle({ verdict: 'success' });
    await settled();
    expect(breaker.status().state).toBe('open');
  });

  it('has it probed anew: an earlier probe decides nothing', async () => {
    const { breaker, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    const early = breaker.tryEnter();
    breaker.hold({ forMs: 1000 });
    await clock.advanceAsync(1000);
    early?.settle({ verdict: 'failure' });
    await settled();
    expect(breaker.status().state).toBe('half-open');
  });

  it('is not overruled by probes that have just decided', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' }, 2);
    breaker.hold();
    await settled();
    expect(breaker.status()).toMatchObject({ state: 'open', held: { reason: undefined } });
  });
});

describe('an operator who resets a breaker', () => {
  it('lets all calls through at once, without a ramp', async () => {
    const { breaker, call, changes, clock } = createBreakerFixture({ random: () => 0.99 });
    call({ verdict: 'failure' }, 10);
    breaker.reset();
    call({ verdict: 'success' }, 100);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 0, rampShare: undefined });
    expect(changes.at(-1)).toEqual({ from: 'open', to: 'closed', reason: 'reset by an operator' });

    await clock.advanceAsync(60_000);
    expect(breaker.status().state).toBe('closed');
  });

  it('ends a hold', () => {
    const { breaker } = createBreakerFixture();
    breaker.hold();
    breaker.reset();
    expect(breaker.status()).toMatchObject({ state: 'closed', held: undefined });
  });

  it('makes the next open time the first again', async () => {
    const { breaker, call, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'failure' });
    await settled();
    breaker.reset();
    call({ verdict: 'failure' }, 10);
    expect(breaker.status().retryAtMs).toBe(clock.wallMs() + 15_000);
  });

  it('is not overruled by a probe that has just failed', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'failure' });
    breaker.reset();
    await settled();
    expect(breaker.status().state).toBe('closed');
  });

  it('says nothing where it was closed, but its window is empty', () => {
    const { breaker, call, changes } = createBreakerFixture();
    call({ verdict: 'failure' }, 9);
    breaker.reset();
    call({ verdict: 'failure' });
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 1 });
    expect(changes).toEqual([]);
  });
});
