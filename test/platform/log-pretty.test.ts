import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';

function pretty(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  const clock = {
    wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    monotonicMs: () => 0,
    after: () => () => {},
  };
  write(createLog({ pretty: true, clock, destination: { write: (line) => lines.push(line) } }));
  return stripVTControlCharacters(lines.join(''));
}

test('a line for people has time, level, message and fields', () => {
  const text = pretty((log) =>
    log.warn({ deployment: 'gpt-6-luna', reason: 'too slow', attempt: 2 }, 'falling back'),
  );
  expect(text).toBe('03:04:05.678 WARN  falling back deployment=gpt-6-luna reason="too slow" attempt=2\n');
});

test('only the stack of an error has lines of its own', () => {
  const error = new Error('broken');
  error.stack = 'Error: broken\n    at one\n    at two';
  expect(pretty((log) => log.error({ error }, 'failed'))).toBe(
    '03:04:05.678 ERROR failed error={"name":"Error","message":"broken"}\n    at one\n    at two\n',
  );
});

test('what terminals obey is escaped', () => {
  const text = pretty((log) => log.info({ model: 'a\u001b[2J\nb', '\u009bk': 1 }, 'x\r\u001b[31m'));
  expect(text).toBe('03:04:05.678 INFO  x\\u000d\\u001b[31m model="a\\u001b[2J\\nb" \\u009bk=1\n');
});
