import { expect, it } from 'vitest';
import { defaultLimiterSettings } from '../../src/domain/limiter-settings.ts';
import { createLimiters } from '../../src/resilience/limiters.ts';
import { createFakeClock } from '../support/fake-clock.ts';

it('each deployment has its own limiter and settings', () => {
  const limiters = createLimiters({
    clock: createFakeClock(),
    settingsOf: (deployment) => ({
      ...defaultLimiterSettings,
      maxLimit: deployment === 'small' ? 1 : 4096,
    }),
  });
  expect(limiters.of('small').tryAcquire()).toBeDefined();
  expect(limiters.of('small').tryAcquire()).toBeUndefined();
  expect(limiters.of('large').tryAcquire()).toBeDefined();
  expect(limiters.of('large').status()).toMatchObject({ limit: 1024, inFlight: 1 });
});

it('all that wait are sent away at the end', async () => {
  const clock = createFakeClock();
  const limiters = createLimiters({
    clock,
    settingsOf: () => ({ ...defaultLimiterSettings, maxLimit: 1 }),
  });
  limiters.of('small').tryAcquire();
  const { signal } = new AbortController();
  const waiting = limiters.of('small').acquire({ priority: 'interactive', deadlineMs: 60_000, signal });
  limiters.close();
  expect(await waiting).toMatchObject({ reason: 'closed' });
  expect(clock.pendingTimers()).toBe(0);
});
