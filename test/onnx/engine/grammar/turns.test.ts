import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from '../../../../adapters/onnx/engine/grammar/turns.ts';

test('pieces of work come one after the other, and others have their turn in between', async () => {
  const inTurn = createTurns();
  const seen: string[] = [];
  const note = (what: string) => async (): Promise<void> => {
    await Promise.resolve();
    seen.push(what);
  };
  const works = ['first', 'second', 'third'].map((name) => inTurn(note(name)));
  const others = (async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn += 1) {
      await setImmediate();
      seen.push('other');
    }
  })();
  await Promise.all([...works, others]);
  expect(seen.filter((name) => name !== 'other')).toEqual(['first', 'second', 'third']);
  expect(seen.slice(seen.indexOf('first'), seen.indexOf('third'))).toContain('other');
});

test('work that fails fails alone', async () => {
  const inTurn = createTurns();
  const failing = inTurn(() => Promise.reject(new Error('no')));
  const next = inTurn(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
