import { expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';

function loggedFields(fields: object): Record<string, unknown> {
  const lines: string[] = [];
  createLog({ destination: { write: (line) => lines.push(line) } }).info(fields, 'x');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

function no(): never {
  throw new Error('no');
}

test('values that JSON cannot hold are written as text', () => {
  expect(
    loggedFields({
      big: 10n,
      symbol: Symbol('s'),
      none: undefined,
      nan: Number.NaN,
      date: new Date(0),
      badDate: new Date(Number.NaN),
      bytes: new Uint8Array(3),
      set: new Set([1]),
      named: loggedFields,
    }),
  ).toMatchObject({
    big: '10',
    symbol: 'Symbol(s)',
    nan: 'NaN',
    date: '1970-01-01T00:00:00.000Z',
    badDate: 'invalid date',
    bytes: '[3 bytes]',
    set: [1],
    named: '[function loggedFields]',
  });
});

test('a cycle is cut', () => {
  const node: Record<string, unknown> = { name: 'a' };
  node['self'] = node;
  expect(loggedFields({ node })).toMatchObject({ node: { name: 'a', self: '[circular]' } });
});

test('a getter that throws costs only its own field', () => {
  const fields = {
    before: 1,
    get broken(): string {
      throw new Error('no');
    },
  };
  expect(loggedFields(fields)).toMatchObject({ before: 1, broken: '[unreadable]' });
});

test('a proxy that throws at everything is logged as unreadable', () => {
  const proxy = new Proxy({}, { get: no, ownKeys: no, getPrototypeOf: no, has: no });
  expect(loggedFields({ proxy })).toMatchObject({ proxy: '[unreadable]' });
  expect(loggedFields(proxy)).toMatchObject({ value: '[unreadable]' });
});

test('toJSON is not called', () => {
  expect(loggedFields({ value: { toJSON: () => 'other', kept: 1 } })).toMatchObject({ value: { kept: 1 } });
});

test('long texts, long lists and deep objects are cut', () => {
  let deep: object = {};
  for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
  const fields = loggedFields({ text: 'x'.repeat(5000), list: Array.from({ length: 500 }, () => 1), deep });
  expect(fields['text']).toMatch(/^x{4096}\.\.\. \(904 more characters\)$/);
  expect(fields['list']).toHaveLength(100);
  expect(JSON.stringify(fields)).toContain('[deep]');
});

test('a text is not cut through a surrogate pair', () => {
  const { text } = loggedFields({ text: `${'x'.repeat(4095)}😀${'y'.repeat(10)}` });
  expect(String(text).isWellFormed()).toBe(true);
});
