import { expect, test } from 'vitest';
import { collectingOutput } from '../../src/platform/turn-output.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('lines of one turn of the event loop are one write, those of the next another', async () => {
  const writes: string[] = [];
  const output = collectingOutput({ write: (text) => writes.push(text) });
  output.write('a\n');
  await Promise.resolve();
  output.write('b\n');
  expect(writes).toEqual([]);
  await turn();
  output.write('c\n');
  await turn();
  expect(writes).toEqual(['a\nb\n', 'c\n']);
});

test('what has not been written is written when asked for, and only once', async () => {
  const writes: string[] = [];
  const output = collectingOutput({ write: (text) => writes.push(text) });
  output.write('last words\n');
  output.flush();
  await turn();
  expect(writes).toEqual(['last words\n']);
});
