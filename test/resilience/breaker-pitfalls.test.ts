import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture } from './breaker-fixture.ts';

afterEach(() => {
  vi.useRealTimers();
});

/**
 * What a plain opossum does wrong for models, and the breaker must not. In execute-breaker.test.ts are the cases that need calls: a
 * stream that breaks off, a full queue, an abort that must not reach a neighbour, equal calls that must not be shared.
 */
describe('a breaker', () => {
  it('stays closed after one failure', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'failure' });
    expect(breaker.status().state).toBe('closed');
  });

  it('is not closed by neutral probes', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'neutral' }, 20);
    await settled();
    expect(breaker.status().state).toBe('half-open');
  });

  it('is not opened again by neutral probes, and goes on probing', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'neutral' }, 20);
    call({ verdict: 'success' }, 2);
    await settled();
    expect(breaker.status().state).toBe('closed');
  });

  it('does not let neutral calls dilute the failure rate', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'neutral' }, 1000);
    call({ verdict: 'failure' }, 10);
    expect(breaker.status().state).toBe('open');
  });

  it('is not opened by neutral calls, however many', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'neutral' }, 1000);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: undefined });
  });

  it('is not stuck by probes that never end', async () => {
    const { breaker, call, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    for (let probe = 0; probe < 3; probe += 1) breaker.tryEnter();
    expect(breaker.tryEnter()).toBeUndefined();

    await clock.advanceAsync(60_000);
    call({ verdict: 'success' }, 2);
    await settled();

    expect(breaker.status().state).toBe('closed');
  });

  it('still hears of a probe that ends after its deadline', async () => {
    const { breaker, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    const slow = breaker.tryEnter();
    await clock.advanceAsync(60_000);
    slow?.settle({ verdict: 'failure' });
    await settled();
    expect(breaker.status().state).toBe('open');
  });

  it('runs three probes at a time, and not more', async () => {
    const { breaker, halfOpen } = createBreakerFixture();
    await halfOpen();
    const probes = [breaker.tryEnter(), breaker.tryEnter(), breaker.tryEnter()];
    expect(probes).not.toContain(undefined);
    expect(breaker.tryEnter()).toBeUndefined();

    probes[0]?.settle({ verdict: 'neutral' });
    probes[0]?.settle({ verdict: 'neutral' });

    expect(breaker.tryEnter()).toBeDefined();
    expect(breaker.tryEnter()).toBeUndefined();
  });

  it('is not closed by a single success', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'success' });
    await settled();
    expect(breaker.status().state).toBe('half-open');
  });

  it('does not let all traffic back at once', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture({ random: () => 0.5, settings: { jitter: 0 } });
    await halfOpen();
    call({ verdict: 'success' }, 2);
    await settled();
    expect(breaker.status()).toMatchObject({ state: 'closed', rampShare: 0.1 });
    expect(breaker.tryEnter()).toBeUndefined();
  });

  it('does not count the calls that it refuses', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    const probes = [breaker.tryEnter(), breaker.tryEnter(), breaker.tryEnter()];
    for (let refused = 0; refused < 100; refused += 1) expect(breaker.tryEnter()).toBeUndefined();
    for (const probe of probes) probe?.settle({ verdict: 'success' });
    await settled();
    call({ verdict: 'success' });
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 0 });
  });

  it('counts one call once', () => {
    const { breaker } = createBreakerFixture();
    const permit = breaker.tryEnter();
    for (let time = 0; time < 20; time += 1) permit?.settle({ verdict: 'failure' });
    expect(breaker.status().state).toBe('closed');
  });

  it('measures its open time from the opening, not from its making', async () => {
    const { breaker, call, clock } = createBreakerFixture();
    await clock.advanceAsync(3_600_000);
    call({ verdict: 'failure' }, 10);
    await clock.advanceAsync(14_999);
    expect(breaker.status().state).toBe('open');
  });

  it('has no timer while closed', () => {
    vi.useFakeTimers();
    const { call, clock } = createBreakerFixture();
    call({ verdict: 'success' }, 100);
    expect([vi.getTimerCount(), clock.pendingTimers()]).toEqual([0, 0]);
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const { breaker, call, clock, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ verdict: 'failure' });
    await settled();
    expect(vi.getTimerCount() + clock.pendingTimers()).toBeGreaterThan(0);

    breaker.close();

    expect([vi.getTimerCount(), clock.pendingTimers()]).toEqual([0, 0]);
  });

  it('keeps nothing of a call that is over', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: unknown = runInNewContext('gc');
    const heapBytes = (): number => {
      if (typeof collectGarbage === 'function') collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'success' }, 10_000);
    const beforeBytes = heapBytes();
    call({ verdict: 'success' }, 400_000);
    // Kept as plain numbers alone, the latencies of these calls would take 3.2 MB.
    expect(heapBytes() - beforeBytes).toBeLessThan(1_000_000);
    expect(breaker.status().failureRate).toBe(0);
  });
});
