import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture, type BreakerFixture } from './breaker-fixture.ts';

const panic = { panic: true } as const;

function opened(): BreakerFixture {
  const fixture = createBreakerFixture();
  fixture.call({ verdict: 'failure' }, 10);
  return fixture;
}

describe('in a panic an open breaker', () => {
  it('lets one call through at a time', () => {
    const { breaker } = opened();
    expect(breaker.tryEnter()).toBeUndefined();
    const permit = breaker.tryEnter(panic);
    expect(permit).toBeDefined();
    expect(breaker.tryEnter(panic)).toBeUndefined();

    permit?.settle({ verdict: 'neutral' });

    expect(breaker.tryEnter(panic)).toBeDefined();
  });

  it('goes over to probing after a call that succeeds, which counts as the first probe', async () => {
    const { breaker, call, changes } = opened();
    breaker.tryEnter(panic)?.settle({ verdict: 'success' });
    expect(breaker.status().state).toBe('half-open');
    call({ verdict: 'success' });
    await settled();

    expect(breaker.status().state).toBe('closed');
    expect(changes.slice(1).map(({ to, reason }) => [to, reason])).toEqual([
      ['half-open', 'a call succeeded that was made in a panic'],
      ['closed', '2 probes succeeded'],
    ]);
  });

  it('pauses a second after a call that fails, and probes no later for it', async () => {
    const { breaker, clock } = opened();
    const { retryAtMs } = breaker.status();
    breaker.tryEnter(panic)?.settle({ verdict: 'failure' });
    expect(breaker.tryEnter(panic)).toBeUndefined();
    await clock.advanceAsync(999);
    expect(breaker.tryEnter(panic)).toBeUndefined();
    await clock.advanceAsync(1);

    expect(breaker.tryEnter(panic)).toBeDefined();
    expect(breaker.status()).toMatchObject({ state: 'open', retryAtMs });
  });

  it('takes a slow answer for no recovery', () => {
    const { breaker } = opened();
    breaker.tryEnter(panic)?.settle({ verdict: 'success', slow: true });
    expect(breaker.status().state).toBe('open');
  });

  it('gives the place of a call that never ends to another', async () => {
    const fixture = createBreakerFixture({ settings: { openMs: 120_000 } });
    fixture.call({ verdict: 'failure' }, 10);
    fixture.breaker.tryEnter(panic);
    await fixture.clock.advanceAsync(59_999);
    expect(fixture.breaker.tryEnter(panic)).toBeUndefined();
    await fixture.clock.advanceAsync(1);
    expect(fixture.breaker.tryEnter(panic)).toBeDefined();
  });

  it('does not hear of a call that ends when it is being probed already', async () => {
    const { breaker, clock } = opened();
    const late = breaker.tryEnter(panic);
    await clock.advanceAsync(15_000);
    late?.settle({ verdict: 'failure' });
    await settled();
    expect(breaker.status().state).toBe('half-open');
  });

  it('stays shut where an operator holds it', () => {
    const { breaker } = opened();
    breaker.hold();
    expect(breaker.tryEnter(panic)).toBeUndefined();
  });
});
