import { describe, expect, it } from 'vitest';
import { defaultBreakerSettings } from '../../src/domain/breaker-settings.ts';
import { slowAfterMs } from '../../src/resilience/slow-call.ts';
import { createBreakerFixture } from './breaker-fixture.ts';

const slow = { verdict: 'success', slow: true } as const;
const timedOut = { verdict: 'failure', failure: { code: 'TIMEOUT', midStream: false } } as const;

describe('a breaker opens for slow calls', () => {
  it('when four fifths of at least ten calls were slow, though all succeeded', () => {
    const { breaker, call, changes } = createBreakerFixture();
    call({ verdict: 'success' }, 2);
    call(slow, 7);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 0, slowRate: 7 / 9 });

    call(slow);

    expect(breaker.status()).toMatchObject({ state: 'open', slowRate: 0.8 });
    expect(changes.at(-1)?.reason).toBe('8 of 10 calls were slow within 30 s');
  });

  it('not while fewer than four fifths were', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'success' }, 21);
    call(slow, 79);
    expect(breaker.status().state).toBe('closed');
  });

  it('not for slow calls that say nothing otherwise', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'neutral', slow: true }, 100);
    expect(breaker.status()).toMatchObject({ state: 'closed', slowRate: undefined });
  });
});

describe('a first token is late', () => {
  it('after ten seconds where the deployment is fast, or not known', () => {
    expect(slowAfterMs(defaultBreakerSettings, undefined)).toBe(10_000);
    expect(slowAfterMs(defaultBreakerSettings, 800)).toBe(10_000);
  });

  it('after three times its 95th percentile where it always takes long', () => {
    expect(slowAfterMs(defaultBreakerSettings, 20_000)).toBe(60_000);
  });
});

describe('while the gateway’s own event loop lags', () => {
  it('no call is slow', () => {
    const { breaker, call } = createBreakerFixture();
    call({ ...slow, lagging: true }, 100);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 0, slowRate: 0 });
  });

  it('a timeout says nothing, and is not remembered', () => {
    const { breaker, call } = createBreakerFixture();
    call({ ...timedOut, slow: true, lagging: true }, 100);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: undefined, lastFailures: [] });
  });

  it('what failed by itself counts all the same', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'failure', failure: { code: 'UNAVAILABLE', midStream: false }, lagging: true }, 10);
    expect(breaker.status().state).toBe('open');
  });

  it('a timeout counts where there is no lag', () => {
    const { breaker, call } = createBreakerFixture();
    call(timedOut, 10);
    expect(breaker.status().state).toBe('open');
  });

  it('a probe that runs out of time decides nothing', async () => {
    const { breaker, call, halfOpen } = createBreakerFixture();
    await halfOpen();
    call({ ...timedOut, lagging: true });
    expect(breaker.status().state).toBe('half-open');
    expect(breaker.tryEnter()).toBeDefined();
  });
});
