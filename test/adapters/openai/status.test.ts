import { expect, test } from 'vitest';
import type { AdapterErrorKind } from '../../../adapters/errors.ts';
import { refusing } from '../../support/openai-wire.ts';
import { failureOf } from './open.ts';

test.each<[number, Readonly<Record<string, unknown>>, AdapterErrorKind]>([
  [400, {}, 'invalid-request'],
  [400, { code: 'context_length_exceeded' }, 'context-length'],
  [400, { message: "This model's maximum context length is 4096 tokens." }, 'context-length'],
  [400, { type: 'exceed_context_size_error', n_prompt_tokens: 9, n_ctx: 8 }, 'context-length'],
  [400, { code: 'content_filter' }, 'content-filter'],
  [400, { code: 'content_policy_violation' }, 'content-filter'],
  [401, {}, 'authentication'],
  [402, {}, 'quota'],
  [403, {}, 'authentication'],
  [404, {}, 'model-not-found'],
  [408, {}, 'unavailable'],
  [409, {}, 'unavailable'],
  [413, {}, 'invalid-request'],
  [422, {}, 'invalid-request'],
  [429, {}, 'rate-limit'],
  [429, { code: 'rate_limit_exceeded', type: 'tokens' }, 'rate-limit'],
  [429, { code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
  [429, { code: 'billing_hard_limit_reached' }, 'quota'],
  [500, {}, 'unavailable'],
  [500, { message: 'the maximum context length cache is corrupt' }, 'unavailable'],
  [500, { message: 'input (700 tokens) is too large to process' }, 'context-length'],
  [501, { type: 'not_supported_error' }, 'unsupported'],
  [502, {}, 'unavailable'],
  [503, {}, 'unavailable'],
  [504, {}, 'unavailable'],
  [529, { type: 'overloaded_error' }, 'unavailable'],
])('%i with %j is %s', async (status, fields, kind) => {
  const error = await failureOf(kind, refusing(status, fields));
  expect(error.status).toBe(status);
  expect(error.message).toContain(`remote answered HTTP ${status}`);
});

test("the provider's own word is kept", async () => {
  const error = await failureOf('rate-limit', refusing(429, { code: 'slow_down', type: 'requests' }));
  expect(error.providerCode).toBe('slow_down');
});

test.each([
  ["This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.", {}],
  [
    'exceeds the available context size',
    { type: 'exceed_context_size_error', n_prompt_tokens: 5000, n_ctx: 4096 },
  ],
])('how long a prompt is and may be is read from "%s"', async (message, fields) => {
  const error = await failureOf('context-length', refusing(400, { message, ...fields }));
  expect(error).toMatchObject({ inputTokens: 5000, contextTokens: 4096 });
});

test.each([
  ['text/html', '<html>Bad gateway'],
  ['text/plain', ''],
  ['application/json', '{"error":'],
  ['application/json', '"no"'],
  ['application/json', '{"detail":"Not Found"}'],
])('an error reply of %s, "%s", counts by its status', async (type, body) => {
  const error = await failureOf('unavailable', (exchange) => {
    exchange.head(502, { 'content-type': type });
    exchange.end(body);
  });
  expect(error).toMatchObject({ status: 502 });
});
