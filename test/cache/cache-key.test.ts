import { expect, test } from 'vitest';
import { cacheKey, type CacheKeySubject } from '../../src/cache/cache-key.ts';
import type { GenerationRequest } from '../../src/domain/request.ts';

const request: GenerationRequest = {
  model: 'auto',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  sampling: { temperature: 0, maxOutputTokens: 16 },
  constraints: { localOnly: true },
  policy: 'balanced',
  cache: { mode: 'read-write', ttlSeconds: 300 },
  timeoutMs: 60_000,
  deadlines: {},
  priority: 'interactive',
  resumable: false,
  labels: [],
};
const subject: CacheKeySubject = { tenant: 'one', catalogueDigest: 'a1', request };
const withRequest = (change: Partial<GenerationRequest>) =>
  cacheKey({ ...subject, request: { ...request, ...change } });

test('a key is 64 hexadecimal digits and says nothing of its request', () => {
  expect(cacheKey(subject)).toMatch(/^[0-9a-f]{64}$/);
});

test('the order in which fields stand does not matter', () => {
  const turned = Object.fromEntries(Object.entries(request).toReversed()) as unknown as GenerationRequest;
  expect(cacheKey({ ...subject, request: turned })).toBe(cacheKey(subject));
});

test.for<[string, string]>([
  ['tenant', cacheKey({ ...subject, tenant: 'two' })],
  ['catalogue', cacheKey({ ...subject, catalogueDigest: 'b2' })],
  ['model', withRequest({ model: 'large' })],
  ['messages', withRequest({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi!' }] }] })],
  ['sampling', withRequest({ sampling: { temperature: 0, maxOutputTokens: 17 } })],
  ['seed', withRequest({ sampling: { ...request.sampling, seed: 1 } })],
  ['tools', withRequest({ tools: [{ name: 'look', parameters: {} }] })],
  ['tool choice', withRequest({ toolChoice: { type: 'none' } })],
  ['response format', withRequest({ responseFormat: { type: 'json' } })],
  ['constraints', withRequest({ constraints: {} })],
  ['policy', withRequest({ policy: 'best' })],
])('another %s is another key', ([, key]) => {
  expect(key).not.toBe(cacheKey(subject));
});

test('what cannot change an answer is no part of it', () => {
  const same = withRequest({
    cache: { mode: 'write-only', ttlSeconds: 1 },
    timeoutMs: 1,
    labels: [{ key: 'team', value: 'docs' }],
  });
  expect(same).toBe(cacheKey(subject));
});
