import { expect, test } from 'vitest';
import { optOutReasons, type CaseName } from './adapter.ts';

const name: CaseName = 'two calls at once stay apart';
const other: CaseName = 'unknown usage is undefined';

test('every case of an opt-out gets its reason', () => {
  const reasons = optOutReasons([
    { reason: 'the model takes one call at a time', cases: [name] },
    { reason: 'the model always counts', cases: [other] },
  ]);
  expect(Object.fromEntries(reasons)).toEqual({
    [name]: 'the model takes one call at a time',
    [other]: 'the model always counts',
  });
});

test.each(['', ' \n'])('an opt-out without a reason is refused', (reason) => {
  expect(() => optOutReasons([{ reason, cases: [name] }])).toThrow(`opt-out of ${name} has no reason`);
});

test('an opt-out of a case that does not exist is refused', () => {
  // As after a case was renamed, in a test that is not type-checked.
  const cases = ['three calls at once stay apart' as CaseName];
  expect(() => optOutReasons([{ reason: 'why not', cases }])).toThrow(
    'opt-out names an unknown case: "three calls at once stay apart"',
  );
});

test('a case is opted out of once', () => {
  const optOut = { reason: 'why not', cases: [name] };
  expect(() => optOutReasons([optOut, optOut])).toThrow(`opt-out names a case twice: "${name}"`);
});
