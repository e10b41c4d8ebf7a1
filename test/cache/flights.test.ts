import { describe, expect, test } from 'vitest';
import { createFlights } from '../../src/cache/flights.ts';
import { createFakeClock, settled } from '../support/fake-clock.ts';

const patient = () => ({ signal: new AbortController().signal, waitMs: 1000 });

function create() {
  const clock = createFakeClock();
  return { clock, flights: createFlights<string>(clock) };
}

describe('equal work at once', () => {
  test('is done by the first, and the others get its value', async () => {
    const { flights } = create();
    const first = await flights.board('key', patient());
    const others = Promise.all([flights.board('key', patient()), flights.board('key', patient())]);
    if (first.type === 'yours') first.flight.land('value');
    expect(await others).toEqual([
      { type: 'landed', value: 'value' },
      { type: 'landed', value: 'value' },
    ]);
  });

  test('goes to one of those who wait when the first abandons it', async () => {
    const { flights } = create();
    const first = await flights.board('key', patient());
    const waiting = [1, 2, 3].map(() => flights.board('key', patient()));
    if (first.type === 'yours') first.flight.abandon();
    const second = await Promise.race(waiting);
    if (second.type === 'yours') second.flight.land('value');
    const types = (await Promise.all(waiting)).map(({ type }) => type).sort();
    expect(types).toEqual(['landed', 'landed', 'yours']);
  });

  test('on another key is not waited for', async () => {
    const { flights } = create();
    await flights.board('key', patient());
    expect(await flights.board('other', patient())).toMatchObject({ type: 'yours' });
  });
});

describe('who waits gives up', () => {
  test('once the time is over', async () => {
    const { clock, flights } = create();
    await flights.board('key', patient());
    const waiting = flights.board('key', patient());
    await clock.advanceAsync(1000);
    expect(await waiting).toMatchObject({ type: 'yours' });
    expect(clock.pendingTimers()).toBe(0);
  });

  test('when the caller leaves', async () => {
    const { clock, flights } = create();
    const leaving = new AbortController();
    await flights.board('key', patient());
    const waiting = flights.board('key', { signal: leaving.signal, waitMs: 1000 });
    await settled();
    leaving.abort();
    expect(await waiting).toMatchObject({ type: 'yours' });
    expect(clock.pendingTimers()).toBe(0);
  });
});

test('a landing after another began beside it does not end that one', async () => {
  const { flights } = create();
  const older = flights.begin('key');
  flights.begin('key');
  const waiting = flights.board('key', patient());
  older.land('old');
  await settled();
  expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
});
