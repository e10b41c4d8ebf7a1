import { expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void, pretty = false): string {
  const lines: string[] = [];
  write(createLog({ pretty, destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

const canaries = ['sk-canary-0123456789', 'hf_canary0123456789', 'Bearer canary.0123-456789'];

test.each([
  ['a field with the name of a secret', { apiKey: 'canary' }],
  ['a nested one', { request: { headers: { Authorization: 'canary', cookie: 'canary' } } }],
  ['one in a list', { items: [{ password: 'canary' }] }],
  ['a secret that is an object', { credentials: { user: 'canary' } }],
  ['a variable', { HF_TOKEN: 'canary', OPENAI_API_KEY: 'canary' }],
  ['a map', { headers: new Map([['x-api-key', 'canary']]) }],
  ['a prompt', { prompt: 'canary', messages: [{ content: 'canary' }] }],
])('%s is redacted', (_, fields) => {
  const text = logged((log) => log.info(fields, 'x'));
  expect(text).not.toContain('canary');
  expect(text).toContain('[redacted]');
});

test.each(canaries)('%s is redacted inside any text', (secret) => {
  const error = new Error(`Incorrect API key ${secret}.`, { cause: `again ${secret}` });
  const text = logged((log) => {
    log.child({ note: secret }).error({ error, list: [`x ${secret}`] }, `failed with ${secret}`);
  });
  expect(text).not.toMatch(/canary/);
});

test('user and password of a URL are redacted', () => {
  const text = logged((log) =>
    log.info({ url: new URL('http://user:canary@host/x'), text: 'http://user:canary@host' }, ''),
  );
  expect(text).not.toContain('canary');
  expect(text).toContain('@host/x');
});

test('counts of tokens are no secrets', () => {
  const text = logged((log) => log.info({ inputTokens: 12, maxToken: 3 }, 'x'));
  expect(text).toContain('"inputTokens":12,"maxToken":3');
});

test('the lines for people are redacted as well', () => {
  expect(logged((log) => log.info({ apiKey: 'canary' }, 'sk-canary-0123456789'), true)).not.toContain(
    'canary',
  );
});
