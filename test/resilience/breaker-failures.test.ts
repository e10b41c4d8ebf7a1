import { expect, it } from 'vitest';
import { createBreakerFixture } from './breaker-fixture.ts';

it('a breaker remembers the last five failures, the newest first, in whatever state they came', async () => {
  const { breaker, call, clock } = createBreakerFixture();
  const startMs = clock.wallMs();
  const early = breaker.tryEnter();
  call({ verdict: 'failure', failure: { code: 'UNAVAILABLE', midStream: false } }, 10);
  await clock.advanceAsync(1000);
  early?.settle({ verdict: 'failure', failure: { code: 'STREAM_CUT', midStream: true } });

  const unavailable = { atMs: startMs, code: 'UNAVAILABLE', midStream: false };
  expect(breaker.status().lastFailures).toEqual([
    { atMs: startMs + 1000, code: 'STREAM_CUT', midStream: true },
    ...Array.from({ length: 4 }, () => unavailable),
  ]);
});

it('what counts for nothing is not remembered', () => {
  const { breaker, call } = createBreakerFixture();
  call({ verdict: 'neutral', failure: { code: 'RATE_LIMITED', midStream: false } });
  call({ verdict: 'success' });
  expect(breaker.status().lastFailures).toEqual([]);
});
