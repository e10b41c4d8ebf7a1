import { describe, expect, it } from 'vitest';
import { createBreakerFixture } from './breaker-fixture.ts';

describe('a breaker opens', () => {
  it('when half of at least ten calls failed', () => {
    const { breaker, call, changes } = createBreakerFixture();
    call({ verdict: 'success' }, 5);
    call({ verdict: 'failure' }, 4);
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 4 / 9 });

    call({ verdict: 'failure' });

    expect(breaker.status()).toMatchObject({ state: 'open', failureRate: 0.5 });
    expect(changes).toEqual([{ from: 'closed', to: 'open', reason: '5 of 10 calls failed within 30 s' }]);
  });

  it('not while fewer than half failed', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'success' }, 2);
    for (let pair = 0; pair < 49; pair += 1) {
      call({ verdict: 'success' });
      call({ verdict: 'failure' });
    }
    expect(breaker.status().state).toBe('closed');
  });

  it('not for failures that are older than the window', () => {
    const { breaker, call, clock } = createBreakerFixture();
    call({ verdict: 'failure' }, 8);
    clock.advance(30_000);
    call({ verdict: 'failure' });
    expect(breaker.status()).toMatchObject({ state: 'closed', failureRate: 1 });
  });

  it('when ten calls in a row failed, however many succeeded before', () => {
    const { breaker, call, changes } = createBreakerFixture();
    call({ verdict: 'success' }, 300);
    call({ verdict: 'failure' }, 9);
    call({ verdict: 'success' });
    call({ verdict: 'failure' }, 9);
    expect(breaker.status().state).toBe('closed');

    call({ verdict: 'failure' });

    expect(changes.map(({ to, reason }) => [to, reason])).toEqual([['open', '10 calls failed in a row']]);
  });

  it('when five connections in a row failed', () => {
    const { breaker, call, changes } = createBreakerFixture();
    call({ verdict: 'failure', connectFailure: true }, 4);
    expect(breaker.status().state).toBe('closed');

    call({ verdict: 'failure', connectFailure: true });

    expect(breaker.status().state).toBe('open');
    expect(changes[0]?.reason).toBe('5 connections failed in a row');
  });

  it('not for failed connections with a call between them that got through', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'failure', connectFailure: true }, 4);
    call({ verdict: 'success' });
    call({ verdict: 'failure', connectFailure: true }, 4);
    expect(breaker.status().state).toBe('closed');
  });

  it('and counts failed connections in a row past neutral calls', () => {
    const { breaker, call } = createBreakerFixture();
    call({ verdict: 'failure', connectFailure: true }, 4);
    call({ verdict: 'neutral' }, 3);
    call({ verdict: 'failure', connectFailure: true });
    expect(breaker.status().state).toBe('open');
  });

  it('and lets nothing through until the open time is over', async () => {
    const { breaker, call, clock } = createBreakerFixture();
    call({ verdict: 'failure' }, 10);
    await clock.advanceAsync(14_999);
    expect(breaker.tryEnter()).toBeUndefined();
    await clock.advanceAsync(1);
    expect(breaker.tryEnter()).toBeDefined();
  });

  it('and says since when and until when, by the wall clock', () => {
    const { breaker, call, clock } = createBreakerFixture();
    const nowMs = clock.wallMs();
    call({ verdict: 'failure' }, 10);
    expect(breaker.status()).toMatchObject({
      state: 'open',
      openedAtMs: nowMs,
      retryAtMs: nowMs + 15_000,
      failureRate: 1,
    });
  });

  it('and takes no notice of a jump of the wall clock', async () => {
    const { breaker, call, clock } = createBreakerFixture();
    call({ verdict: 'failure' }, 10);
    clock.jumpWall(3_600_000);
    await clock.advanceAsync(14_999);
    expect(breaker.status().state).toBe('open');
  });
});
