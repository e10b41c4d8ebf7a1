import { describe, expect, test, vi } from 'vitest';
import { createFeed } from '../../src/gateway/feed.ts';

function createFixture(limit = 3) {
  const onEnd = vi.fn<() => void>();
  return { feed: createFeed<number>({ limit, onEnd }), onEnd };
}

describe('a feed', () => {
  test('gives what was pushed in order, to readers who waited and to those who come later', async () => {
    const { feed } = createFixture();
    const first = feed.next();
    feed.push(1);
    feed.push(2);
    feed.end();
    expect([await first, ...(await Array.fromAsync(feed))]).toEqual([{ done: false, value: 1 }, 2]);
  });

  test('loses the oldest of a reader who falls behind', async () => {
    const { feed } = createFixture();
    for (const value of [1, 2, 3, 4, 5]) feed.push(value);
    feed.end();
    expect(await Array.fromAsync(feed)).toEqual([3, 4, 5]);
  });

  test('ends for a reader who waits when it is ended, and once', async () => {
    const { feed, onEnd } = createFixture();
    const waiting = feed.next();
    feed.end();
    feed.end();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(onEnd).toHaveBeenCalledOnce();
  });

  test('lets a reader leave who waits, and takes nothing more', async () => {
    const { feed, onEnd } = createFixture();
    feed.push(0);
    await feed.next();
    const waiting = feed.next();
    await feed.return();
    feed.push(1);
    expect([await waiting, await feed.next()]).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(onEnd).toHaveBeenCalledOnce();
  });
});
