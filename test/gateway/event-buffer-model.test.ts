import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventBuffer, type BufferReader } from '../../src/gateway/event-buffer.ts';

const maxBytes = 40;
const maxEventsAhead = 6;
/** Less than the buffer may hold, so that the tenant's end of memory is met as well. */
const tenantBytes = 30;

type Step =
  | { readonly do: 'offer'; readonly size: number }
  | { readonly do: 'attach'; readonly after: number }
  | { readonly do: 'read'; readonly who: number }
  | { readonly do: 'detach'; readonly who: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('offer'), size: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('attach'), after: fc.integer({ min: -1, max: 40 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('read'), who: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('detach'), who: fc.nat(5) }) },
);

interface Event {
  readonly sequence: number;
  readonly size: number;
}

/** A reader and what it must get next. */
interface Expectation {
  readonly reader: BufferReader<Event>;
  next: number;
}

/** Plays the steps and looks after each whether the promises of the buffer are kept. */
function play() {
  let lent = 0;
  let appended = 0;
  const readers: Expectation[] = [];
  const buffer = new EventBuffer<Event>({
    bytesOf: ({ size }) => size,
    maxBytes,
    maxEventsAhead,
    allowance: {
      take: (bytes) => lent + bytes <= tenantBytes && (lent += bytes) > 0,
      giveBack: (bytes) => void (lent -= bytes),
    },
  });

  function offer(size: number): void {
    const slowest = Math.min(...readers.map(({ next }) => next - 1));
    const keptBefore = buffer.first;
    const taken = buffer.offer({ sequence: appended + 1, size });
    if (taken) appended += 1;
    expect(buffer.last).toBe(appended);
    // Nobody loses what is still to be read, and without a reader nothing goes.
    expect(buffer.first).toBeLessThanOrEqual(readers.length === 0 ? keptBefore : slowest + 1);
    if (taken && readers.length > 0) expect(appended - slowest).toBeLessThanOrEqual(maxEventsAhead);
  }

  function attach(after: number): void {
    const reader = buffer.attach(after);
    const possible = after >= buffer.first - 1 && after <= appended;
    expect(reader !== undefined).toBe(possible);
    if (reader !== undefined) readers.push({ reader, next: after + 1 });
  }

  /** A reader that has everything would wait, so it is not asked. */
  async function read(who: number): Promise<void> {
    const one = readers[who];
    if (one === undefined || one.next > appended) return;
    expect((await one.reader.next())?.sequence).toBe(one.next);
    one.next += 1;
  }

  function detach(who: number): void {
    for (const { reader } of readers.splice(who, 1)) reader.detach();
  }

  return {
    async take(next: Step): Promise<void> {
      if (next.do === 'offer') offer(next.size);
      if (next.do === 'attach') attach(next.after);
      if (next.do === 'read') await read(next.who);
      if (next.do === 'detach') detach(next.who);
      expect(buffer.bytes).toBeLessThanOrEqual(Math.min(maxBytes, tenantBytes));
      expect(lent).toBe(buffer.bytes);
    },
    /** Whoever is left gets the rest in order, and then the end. */
    async end(): Promise<void> {
      buffer.end();
      for (const one of readers) {
        while (one.next <= appended) expect((await one.reader.next())?.sequence).toBe(one.next++);
        expect(await one.reader.next()).toBeUndefined();
      }
      buffer.discard();
      expect(lent).toBe(0);
    },
  };
}

test('whatever comes in whatever order, each reader gets its suffix once and in order, within the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
      const game = play();
      for (const next of steps) await game.take(next);
      await game.end();
    }),
    { seed: 20_260_801, numRuns: 1000 },
  );
});

test('a reader never keeps the source from going on for good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), async (sizes) => {
      const buffer = new EventBuffer<number>({
        bytesOf: (size) => size,
        maxBytes,
        maxEventsAhead,
        allowance: { take: (bytes) => bytes <= 3, giveBack: () => undefined },
      });
      const reader = buffer.attach(0) ?? expect.fail('an empty buffer can be read from the start');
      const seen: (number | undefined)[] = [];
      for (const size of sizes) {
        while (!buffer.offer(size)) seen.push(await reader.next());
      }
      while (seen.length < sizes.length) seen.push(await reader.next());
      expect(seen).toEqual(sizes);
    }),
    { seed: 20_260_802, numRuns: 200 },
  );
});
