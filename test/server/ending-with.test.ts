import { expect, test } from 'vitest';
import { endingWith } from '../../src/server/ending-with.ts';

test('what breaks while the reader leaves is told, and the reader is let go all the same', async () => {
  const bug = new Error('broken on the way out');
  const source = async function* (): AsyncGenerator<string> {
    try {
      yield 'one';
      yield 'two';
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- the bug that is to be told
      throw bug;
    }
  };
  const told: unknown[] = [];
  const stream = endingWith(source(), {
    leave: () => undefined,
    each: (value) => value,
    fail: (error) => {
      told.push(error);
      return 'an error';
    },
    end: () => undefined,
  });
  await stream.next();
  expect(await stream.return()).toEqual({ done: true, value: undefined });
  expect(told).toEqual([bug]);
});
