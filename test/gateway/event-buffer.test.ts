import { describe, expect, test } from 'vitest';
import { EventBuffer, type BufferReader } from '../../src/gateway/event-buffer.ts';
import { settled } from '../support/fake-clock.ts';

const boundless = { take: () => true, giveBack: () => undefined };

/** A buffer of texts, each as many bytes as it has characters. */
function create({ maxBytes = 10, maxEventsAhead = 100 } = {}) {
  return new EventBuffer<string>({
    bytesOf: (text) => text.length,
    maxBytes,
    maxEventsAhead,
    allowance: boundless,
  });
}

function attach(buffer: EventBuffer<string>, afterSequence: number): BufferReader<string> {
  return buffer.attach(afterSequence) ?? expect.fail(`nothing can be read after ${afterSequence}`);
}

/** What the reader gets without waiting. */
async function readAll(reader: BufferReader<string>): Promise<readonly (string | undefined)[]> {
  const events: (string | undefined)[] = [];
  void (async () => {
    for (;;) {
      const event = await reader.next();
      events.push(event);
      if (event === undefined) return;
    }
  })();
  await settled();
  return events;
}

describe('without a reader', () => {
  test('it takes what there is room for, drops nothing, and then takes no more', () => {
    const buffer = create({ maxBytes: 5 });
    expect(['ab', 'cd', 'ef', 'g'].map((text) => buffer.offer(text))).toEqual([true, true, false, true]);
    expect([buffer.first, buffer.last, buffer.bytes]).toEqual([1, 3, 5]);
  });

  test('an event larger than the buffer is kept alone', () => {
    const buffer = create({ maxBytes: 5 });
    expect([buffer.offer('abcdefgh'), buffer.offer('i')]).toEqual([true, false]);
    expect(buffer.bytes).toBe(5);
  });
});

describe('a reader', () => {
  test('gets what was there and what comes, then the end', async () => {
    const buffer = create();
    buffer.offer('a');
    const reader = attach(buffer, 0);
    expect(await reader.next()).toBe('a');
    const waiting = reader.next();
    buffer.offer('b');
    expect(await waiting).toBe('b');
    buffer.end();
    expect(await reader.next()).toBeUndefined();
  });

  test('is told what broke the source, after the last event', async () => {
    const buffer = create();
    buffer.offer('a');
    buffer.end({ error: new Error('broken') });
    const reader = attach(buffer, 0);
    expect(await reader.next()).toBe('a');
    await expect(reader.next()).rejects.toThrow('broken');
  });

  test('makes room by reading, and an older place is gone then', async () => {
    const buffer = create({ maxBytes: 4 });
    for (const text of ['ab', 'cd']) buffer.offer(text);
    const reader = attach(buffer, 0);
    expect(buffer.offer('ef')).toBe(false);
    await reader.next();
    expect(buffer.offer('ef')).toBe(true);
    expect([buffer.attach(0), buffer.first, buffer.last]).toEqual([undefined, 2, 3]);
    expect(await readAll(reader)).toEqual(['cd', 'ef']);
  });

  test('that is slow holds the source back for the fast one as well', async () => {
    const buffer = create({ maxEventsAhead: 2 });
    const [fast, slow] = [attach(buffer, 0), attach(buffer, 0)];
    expect(['a', 'b', 'c'].map((text) => buffer.offer(text))).toEqual([true, true, false]);
    expect(await readAll(fast)).toEqual(['a', 'b']);
    expect(buffer.offer('c')).toBe(false);
    await slow.next();
    expect(buffer.offer('c')).toBe(true);
  });

  test('that is slow holds nothing back once it has left', async () => {
    const buffer = create({ maxEventsAhead: 1 });
    const [fast, slow] = [attach(buffer, 0), attach(buffer, 0)];
    buffer.offer('a');
    await fast.next();
    expect(buffer.offer('b')).toBe(false);
    slow.detach();
    expect(buffer.offer('b')).toBe(true);
  });

  test('that has left gets nothing more, even when it was waiting', async () => {
    const buffer = create();
    const reader = attach(buffer, 0);
    const waiting = reader.next();
    expect([reader.detach(), reader.detach()]).toEqual([true, false]);
    buffer.offer('a');
    expect(await waiting).toBeUndefined();
  });
});

test('a place that is not reached yet cannot be read from', () => {
  const buffer = create();
  buffer.offer('a');
  expect([buffer.attach(2), buffer.attach(-1)]).toEqual([undefined, undefined]);
  expect(buffer.attach(1)).toBeDefined();
});

test('what is discarded gives its memory back and sends its readers away', async () => {
  let lent = 0;
  const allowance = {
    take: (bytes: number) => (lent += bytes) > 0,
    giveBack: (bytes: number) => void (lent -= bytes),
  };
  const buffer = new EventBuffer<string>({
    bytesOf: ({ length }) => length,
    maxBytes: 9,
    maxEventsAhead: 9,
    allowance,
  });
  buffer.offer('abc');
  const waiting = attach(buffer, 1).next();
  buffer.discard();
  expect([lent, buffer.bytes, await waiting]).toEqual([0, 0, undefined]);
});
