import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Refusal, Slot } from '../../src/resilience/limiter.ts';
import { priorities } from '../../src/domain/request.ts';
import { settled } from '../support/fake-clock.ts';
import { createLimiterFixture, type LimiterFixture } from './limiter-fixture.ts';

const index = fc.nat(1000);
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('acquire' as const),
      priority: fc.constantFrom(...priorities),
      leftMs: fc.integer({ min: -10, max: 20_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('take' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('answer' as const), index, latencyMs: fc.nat(5000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('release' as const),
      index,
      outcome: fc.constantFrom('success' as const, 'dropped' as const, 'ignored' as const),
      latencyMs: fc.option(fc.nat(5000), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort' as const), index }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), byMs: fc.nat(3000) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

const bounds = { minLimit: 2, initialLimit: 4, maxLimit: 8, queueLength: 6 };

/** What is known outside the limiter: who holds a slot, who waits, what became of the others. */
class World {
  readonly fixture: LimiterFixture = createLimiterFixture(bounds);
  readonly held: Slot[] = [];
  readonly waiting = new Map<AbortController, Promise<Slot | Refusal>>();
  ends = 0;
  asked = 0;

  async run(one: Command): Promise<void> {
    switch (one.type) {
      case 'acquire':
        this.#acquire(one);
        break;
      case 'take': {
        const slot = this.fixture.limiter.tryAcquire();
        if (slot !== undefined) this.held.push(slot);
        break;
      }
      case 'answer':
        this.held[one.index % this.held.length]?.answering(one.latencyMs);
        break;
      case 'release':
        this.#release(one);
        break;
      case 'abort':
        [...this.waiting.keys()][one.index % this.waiting.size]?.abort();
        break;
      case 'pass':
        await this.fixture.clock.advanceAsync(one.byMs);
    }
    await settled();
  }

  #acquire({ priority, leftMs }: Extract<Command, { type: 'acquire' }>): void {
    const caller = new AbortController();
    this.asked += 1;
    const waiting = this.fixture.acquire({ priority, leftMs, signal: caller.signal }).then((result) => {
      this.waiting.delete(caller);
      this.ends += 1;
      if (result.admitted) this.held.push(result);
      return result;
    });
    this.waiting.set(caller, waiting);
  }

  #release({ index: at, outcome, latencyMs }: Extract<Command, { type: 'release' }>): void {
    const [slot] = this.held.splice(at % Math.max(1, this.held.length), 1);
    slot?.release({ outcome, latencyMs });
    slot?.release({ outcome, latencyMs });
  }
}

it('slots are never lost nor doubled, bounds hold, and nobody waits beside a free slot', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 80 }), async (commands) => {
      const world = new World();
      const { limiter, clock } = world.fixture;
      for (const one of commands) {
        await world.run(one);
        const { limit, inFlight, queued } = limiter.status();
        expect(inFlight).toBe(world.held.length);
        expect(queued).toBe(world.waiting.size);
        expect(queued).toBeLessThanOrEqual(bounds.queueLength);
        expect(inFlight).toBeLessThanOrEqual(bounds.maxLimit);
        expect(limit).toBeGreaterThanOrEqual(bounds.minLimit);
        if (queued > 0) expect(inFlight).toBeGreaterThanOrEqual(limit);
      }
      await clock.advanceAsync(20_000);
      for (const slot of world.held.splice(0)) slot.release({ outcome: 'ignored' });
      await settled();
      expect(world.ends).toBe(world.asked);
      expect(limiter.status()).toMatchObject({ inFlight: 0, queued: 0 });
      expect(clock.pendingTimers()).toBe(0);
    }),
    { seed: 6, numRuns: 200 },
  );
});
