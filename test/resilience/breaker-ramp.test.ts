import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { createBreakerFixture, type BreakerFixture } from './breaker-fixture.ts';

/** Every hundredth of [0, 1), again and again. */
function hundredths(): () => number {
  let drawn = -1;
  return () => (drawn = (drawn + 1) % 100) / 100;
}

/** A breaker whose probes have just succeeded. */
async function recovered(): Promise<BreakerFixture> {
  const fixture = createBreakerFixture({ random: hundredths(), settings: { jitter: 0 } });
  await fixture.halfOpen();
  fixture.call({ verdict: 'success' }, 2);
  await settled();
  return fixture;
}

/** Of a hundred calls. */
function passing({ breaker }: BreakerFixture): number {
  return Array.from({ length: 100 }, () => breaker.tryEnter()).filter((permit) => permit !== undefined)
    .length;
}

describe('after it has closed a breaker lets calls back by and by', () => {
  it.for([
    [0, 10],
    [9999, 10],
    [10_000, 25],
    [20_000, 50],
    [29_999, 50],
    [30_000, 100],
  ] as const)('after %d ms %d %% of them', async ([afterMs, expected]) => {
    const fixture = await recovered();
    fixture.clock.advance(afterMs);
    expect(passing(fixture)).toBe(expected);
    expect(fixture.breaker.status()).toMatchObject({
      state: 'closed',
      rampShare: expected === 100 ? undefined : expected / 100,
    });
  });

  it('but always one that no other deployment could take', async () => {
    const { breaker } = await recovered();
    const passed = Array.from({ length: 100 }, () => breaker.tryEnter({ lastChance: true }));
    expect(passed).not.toContain(undefined);
  });

  it('and opens again for a longer time when two of the first three fail', async () => {
    const { breaker, clock, changes } = await recovered();
    for (const verdict of ['failure', 'success', 'failure'] as const) {
      expect(breaker.status().state).toBe('closed');
      breaker.tryEnter({ lastChance: true })?.settle({ verdict });
    }
    expect(breaker.status()).toMatchObject({ state: 'open', retryAtMs: clock.wallMs() + 30_000 });
    expect(changes.at(-1)?.reason).toBe('2 of 3 calls failed within 30 s');
  });

  it('and waits for half the minimum of calls when half of them pass', async () => {
    const { breaker, clock } = await recovered();
    clock.advance(20_000);
    for (let failed = 0; failed < 4; failed += 1) {
      breaker.tryEnter({ lastChance: true })?.settle({ verdict: 'failure' });
    }
    expect(breaker.status().state).toBe('closed');
    breaker.tryEnter({ lastChance: true })?.settle({ verdict: 'failure' });
    expect(breaker.status().state).toBe('open');
  });

  it('at once where the ramp is switched off', async () => {
    const fixture = createBreakerFixture({ random: hundredths(), settings: { jitter: 0, rampMs: 0 } });
    await fixture.halfOpen();
    fixture.call({ verdict: 'success' }, 2);
    await settled();
    expect(passing(fixture)).toBe(100);
  });
});

it('a breaker that never opened has no ramp', () => {
  const fixture = createBreakerFixture({ random: hundredths() });
  expect(passing(fixture)).toBe(100);
  expect(fixture.breaker.status().rampShare).toBeUndefined();
});
