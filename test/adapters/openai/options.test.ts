import { expect, test } from 'vitest';
import { openAiOptionsSchema } from '../../../adapters/openai/options.ts';

const read = (options: object) => openAiOptionsSchema.parse({ model: 'm', ...options });

test('another server than OpenAI is taken to know only the old and common', () => {
  expect(read({})).toMatchObject({
    baseUrl: 'https://api.openai.com/v1',
    capabilities: ['text', 'images', 'tools', 'json', 'json-schema'],
    maxOutputTokensField: 'max_completion_tokens',
  });
  expect(read({ baseUrl: 'http://127.0.0.1:8080/v1/' })).toMatchObject({
    baseUrl: 'http://127.0.0.1:8080/v1',
    capabilities: ['text'],
    maxOutputTokensField: 'max_tokens',
  });
});

test.each([
  ['a URL of another protocol', { baseUrl: 'ftp://host/v1' }, 'must be an http or https URL'],
  [
    'a password in the URL',
    { baseUrl: 'https://user:pass@host/v1' },
    'must not hold a user name or password',
  ],
  ['a key with a line break', { apiKey: 'sk-1\nx: y' }, 'must be printable ASCII without spaces'],
  ['a header of the HTTP client', { headers: { Host: 'other' } }, 'is set by the driver itself'],
  ['a header with a line break', { headers: { 'x-a': 'b\r\nc: d' } }, 'must be printable ASCII'],
  ['two credentials', { apiKey: 'sk-1', headers: { Authorization: 'Basic x' } }, 'conflicts with apiKey'],
  ['chat and embeddings at once', { capabilities: ['text', 'embeddings'] }, "must be ['embeddings'] alone"],
  ['a chat without text', { capabilities: ['tools'] }, "must be ['embeddings'] alone"],
  ['a deadline of no time', { timeouts: { idleMs: 0 } }, 'Too small'],
  ['a typing error', { baseURL: 'http://host/v1' }, 'Unrecognized key'],
])('%s is refused', (_, options, message) => {
  const { error } = openAiOptionsSchema.safeParse({ model: 'm', ...options });
  expect(JSON.stringify(error?.issues)).toContain(message);
});
