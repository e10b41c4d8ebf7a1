import { describe, expect, it } from 'vitest';
import { createLimiterFixture, type LimiterFixture } from './limiter-fixture.ts';

/** A model with so many places of its own, each of which takes so long for an answer; the others wait in its queue. */
interface Model {
  places: number;
  serviceMs: number;
}

/**
 * Clients that call again as soon as they are answered, and give up for a second when they are refused; returns the times the model
 * took for the calls of the last ten seconds.
 */
async function load(
  { clock, acquire }: LimiterFixture,
  model: Model,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<readonly number[]> {
  const endMs = clock.monotonicMs() + seconds * 1000;
  const line: (() => void)[] = [];
  const latenciesMs: number[] = [];
  let busy = 0;

  function serve(): void {
    while (busy < model.places) {
      const answer = line.shift();
      if (answer === undefined) return;
      busy += 1;
      clock.after(model.serviceMs, () => {
        busy -= 1;
        answer();
        serve();
      });
    }
  }

  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      line.push(resolve);
      serve();
    });
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(1000, resolve);
    });

  async function client(): Promise<void> {
    while (clock.monotonicMs() < endMs) {
      const admission = await acquire({ leftMs: 30_000 });
      if (!admission.admitted) {
        await pause();
        continue;
      }
      const startedMs = clock.monotonicMs();
      await ask();
      const latencyMs = clock.monotonicMs() - startedMs;
      if (startedMs > endMs - 10_000) latenciesMs.push(latencyMs);
      admission.release({ outcome: 'success', latencyMs });
    }
  }

  const all = Promise.all(Array.from({ length: clients }, client));
  await clock.advanceAsync(seconds * 1000 + 60_000);
  await all;
  return latenciesMs;
}

describe('under load', () => {
  it.each([64, 1000])('%d clients of a fast model are never held up', async (clients) => {
    const fixture = createLimiterFixture();
    await load(fixture, { places: 2000, serviceMs: 200 }, { clients: 1, seconds: 15 });
    await load(fixture, { places: 2000, serviceMs: 200 }, { clients, seconds: 5 });
    expect(fixture.limiter.status()).toMatchObject({ shed: 0, inFlight: 0 });
    expect(fixture.limiter.status().limit).toBeGreaterThanOrEqual(1024);
  });

  it('calls beyond what the model bears wait here and not there, and it stays busy', async () => {
    const fixture = createLimiterFixture();
    const model = { places: 20, serviceMs: 500 };
    await load(fixture, model, { clients: 10, seconds: 20 });
    const latenciesMs = await load(fixture, model, { clients: 200, seconds: 60 });
    // All 200 at once would take 5000 ms each.
    expect(Math.max(...latenciesMs)).toBeLessThanOrEqual(2500);
    expect(latenciesMs.length / 10).toBeGreaterThan(0.9 * 40);
    expect(fixture.limiter.status()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it('a model that has become ten times smaller is relieved, and loaded again once it has recovered', async () => {
    const fixture = createLimiterFixture();
    const model = { places: 100, serviceMs: 500 };
    await load(fixture, model, { clients: 90, seconds: 20 });
    model.places = 10;
    const small = await load(fixture, model, { clients: 90, seconds: 60 });
    // All 90 at once would take 4500 ms each.
    expect(Math.max(...small)).toBeLessThanOrEqual(2500);
    expect(small.length / 10).toBeGreaterThan(0.9 * 20);
    model.places = 100;
    const recovered = await load(fixture, model, { clients: 90, seconds: 60 });
    expect(Math.max(...recovered)).toBeLessThan(1000);
    expect(recovered.length / 10).toBeGreaterThan(0.9 * 180);
  });
});

describe('long streams', () => {
  it('count once, with their first token, and leave the limit alone however many and long they are', () => {
    const { limiter, take, clock } = createLimiterFixture();
    const streams = take(500);
    for (const stream of streams) stream.answering(2);
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(60_000);
      for (const call of take(20)) {
        call.answering(2);
        call.release({ outcome: 'success' });
      }
    }
    for (const stream of streams) stream.release({ outcome: 'success' });
    expect(limiter.status()).toMatchObject({ inFlight: 0, queued: 0, shed: 0 });
    expect(limiter.status().limit).toBeGreaterThanOrEqual(1024);
  });

  it('shut nobody out: some calls may wait for their first token beside any number of them', () => {
    const { limiter, take } = createLimiterFixture({ minLimit: 2, initialLimit: 10, maxLimit: 100 });
    for (const stream of take(10)) stream.answering(100);
    const [first] = take(2);
    expect(limiter.tryAcquire()).toBeUndefined();
    first?.answering(100);
    expect(limiter.tryAcquire()).toBeDefined();
  });

  it('give their places back when they end', () => {
    const { limiter, take } = createLimiterFixture({ minLimit: 2, initialLimit: 10, maxLimit: 100 });
    for (const stream of take(10)) {
      stream.answering(100);
      stream.release({ outcome: 'success' });
    }
    take(10);
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('are measured once: nine of them are too few for a new limit', () => {
    const { limiter, take, clock } = createLimiterFixture({ initialLimit: 10 });
    const streams = take(9);
    clock.advance(2000);
    for (const stream of streams) {
      stream.answering(100);
      stream.release({ outcome: 'success' });
    }
    expect(limiter.status().limit).toBe(10);
  });

  it('end at the highest limit all the same', () => {
    const { limiter, take } = createLimiterFixture({ minLimit: 2, initialLimit: 10, maxLimit: 12 });
    for (const stream of take(10)) stream.answering(100);
    for (const stream of take(2)) stream.answering(100);
    expect(limiter.tryAcquire()).toBeUndefined();
  });
});
