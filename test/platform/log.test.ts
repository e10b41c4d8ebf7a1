import { expect, test } from 'vitest';
import { createLog, type Log, type LogOptions } from '../../src/platform/log.ts';

function capture(options: LogOptions = {}): {
  log: Log;
  lines: string[];
  last: () => Record<string, unknown>;
} {
  const lines: string[] = [];
  const clock = {
    wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    monotonicMs: () => 0,
    after: () => () => {},
  };
  const log = createLog({ clock, destination: { write: (line) => lines.push(line) }, ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('a line is JSON with level, ISO time, fields and message', () => {
  const { log, lines } = capture();
  log.info({ deployment: 'a', durationMs: 12 }, 'answered');
  expect(lines).toEqual([
    '{"level":"info","time":"2026-01-02T03:04:05.678Z","deployment":"a","durationMs":12,"message":"answered"}\n',
  ]);
});

test('lines below the level are not written', () => {
  const { log, lines } = capture({ level: 'warn' });
  log.info({}, 'no');
  log.warn({}, 'yes');
  log.fatal({}, 'yes');
  expect(lines).toHaveLength(2);
});

test('a silent log writes nothing', () => {
  const { log, lines } = capture({ level: 'silent' });
  log.fatal({}, 'no');
  expect(lines).toEqual([]);
});

test('a child puts its fields on every line', () => {
  const { log, last } = capture();
  log.child({ traceId: 't1' }).child({ spanId: 's1' }).info({ step: 1 }, 'done');
  expect(last()).toMatchObject({ traceId: 't1', spanId: 's1', step: 1, message: 'done' });
});

test('fields cannot pose as level, time or message', () => {
  const { log, lines, last } = capture();
  log.info({ level: 'fatal', time: 'never', message: 'other' }, 'real');
  expect(last()).toMatchObject({ level: 'info', level_: 'fatal', message: 'real', message_: 'other' });
  expect(lines[0]?.match(/"level":/g)).toHaveLength(1);
});

test('an error keeps kind, code and cause, and nothing else of its own', () => {
  const { log, last } = capture();
  const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const error = Object.assign(new Error('call failed', { cause }), {
    kind: 'connection',
    status: 502,
    request: { body: 'tell me a secret' },
  });
  log.error({ error }, 'attempt failed');
  expect(last()['error']).toMatchObject({
    name: 'Error',
    message: 'call failed',
    kind: 'connection',
    status: 502,
    cause: { message: 'socket hang up', code: 'ECONNRESET' },
  });
  expect(JSON.stringify(last())).not.toContain('tell me a secret');
});

test('an error in place of fields is logged as one', () => {
  const { log, last } = capture();
  log.error(new TypeError('wrong'), 'failed');
  expect(last()).toMatchObject({ error: { name: 'TypeError', message: 'wrong' }, message: 'failed' });
});

test('a line of JSON holds no raw control characters', () => {
  const { log, lines, last } = capture();
  const nasty = 'a\r\n\u001b[31m\u009b1m\u2028{"level":"error"}';
  log.info({ model: nasty, [nasty]: 1 }, nasty);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(lines[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+\n$/);
  expect(last()['model']).toBe(nasty);
});
