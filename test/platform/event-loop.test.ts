import { expect, it, onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { monitorEventLoop, type EventLoopOptions } from '../../src/platform/event-loop.ts';
import { createFakeClock, settled } from '../support/fake-clock.ts';

/** A loop that can be blocked: time goes on, and no timer fires. */
function createFixture(options: Omit<EventLoopOptions, 'clock'> = {}) {
  const fake = createFakeClock();
  let blockedMs = 0;
  const clock: Clock = { ...fake, monotonicMs: () => fake.monotonicMs() + blockedMs };
  return {
    monitor: monitorEventLoop({ clock, ...options }),
    pass: (ms: number) => fake.advance(ms),
    block(ms: number) {
      blockedMs += ms;
    },
    pendingTimers: fake.pendingTimers,
  };
}

it('a loop that is free has no lag', () => {
  const { monitor, pass } = createFixture();
  pass(60_000);
  expect(monitor.lagMs()).toBe(0);
  expect(monitor.lagging()).toBe(false);
});

it('a block is told for a second after it, and forgotten then', () => {
  const { monitor, pass, block } = createFixture();
  pass(1000);
  block(300);
  pass(100);
  expect(monitor.lagMs()).toBe(300);
  pass(900);
  expect(monitor.lagging()).toBe(true);
  pass(100);
  expect(monitor.lagMs()).toBe(0);
});

it('a block is told at once by what runs after it, before any timer does', () => {
  const { monitor, pass, block } = createFixture();
  pass(1000);
  block(5000);
  expect(monitor.lagMs()).toBe(4900);
  expect(monitor.lagging()).toBe(true);
});

it('lag counts from the threshold on', () => {
  const { monitor, pass, block } = createFixture({ laggingMs: 50 });
  block(49);
  pass(100);
  expect(monitor.lagging()).toBe(false);
  block(50);
  pass(100);
  expect(monitor.lagging()).toBe(true);
});

it('every tick is handed out, ten a second, with its lag', () => {
  const ticks: number[] = [];
  const { pass, block } = createFixture({ onTick: (lagMs) => ticks.push(lagMs) });
  pass(200);
  block(30);
  pass(100);
  expect(ticks).toEqual([0, 0, 30]);
});

it('a closed monitor leaves no timer', () => {
  const { monitor, pendingTimers } = createFixture();
  monitor.close();
  expect(pendingTimers()).toBe(0);
});

it('a real block of the real loop is measured', async () => {
  const monitor = monitorEventLoop({ clock: systemClock });
  onTestFinished(() => monitor.close());
  const startedMs = performance.now();
  while (performance.now() - startedMs < 350);
  await settled();
  await settled();
  expect(monitor.lagMs()).toBeGreaterThanOrEqual(200);
  expect(monitor.lagging()).toBe(true);
});

it('lag is sustained once two looks in a row have found it', () => {
  const { monitor, pass, block } = createFixture();
  pass(1000);
  block(5000);
  pass(100);
  pass(100);
  expect(monitor.sustainedLagMs()).toBe(0);

  block(300);
  pass(100);
  block(400);
  expect(monitor.sustainedLagMs()).toBe(300);
  pass(100);
  expect(monitor.sustainedLagMs()).toBe(300);
});
