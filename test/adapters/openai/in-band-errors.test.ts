import { expect, test } from 'vitest';
import type { AdapterErrorKind } from '../../../adapters/errors.ts';
import { adapterErrorOf, drain, firstText, generate } from '../../conformance/observe.ts';
import { answering, delta, sse } from '../../support/openai-wire.ts';
import { ask, failureOf, open } from './open.ts';

test.each<[object, AdapterErrorKind]>([
  [{ code: 503 }, 'unavailable'],
  [{ code: '529', type: 'overloaded_error' }, 'unavailable'],
  [{ type: 'server_error' }, 'unavailable'],
  [{ code: 429 }, 'rate-limit'],
  [{ code: 'rate_limit_exceeded' }, 'rate-limit'],
  [{ code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
  [{ code: 401 }, 'authentication'],
  [{ type: 'invalid_request_error' }, 'invalid-request'],
  [{ code: 'context_length_exceeded', type: 'invalid_request_error' }, 'context-length'],
  [{ code: 'content_filter' }, 'content-filter'],
  [{}, 'unavailable'],
])('the error %j in a stream is classified by its words', async (fields, kind) => {
  const error = await failureOf(kind, answering(sse({ error: { message: 'No.', ...fields } })));
  expect(error.message).toContain('No.');
});

test('an error after the first text ends the answer', async () => {
  const broken = delta({ content: 'so far' }) + sse({ error: { message: 'Overloaded.', code: 503 } });
  const { adapter } = await open(answering(broken));
  const iterator = generate(adapter, ask('Hi'));
  expect(await firstText(iterator)).toBe('so far');
  expect((await adapterErrorOf(drain(iterator), 'unavailable')).status).toBe(503);
});

test('an error that is only a text is one', async () => {
  await failureOf('unavailable', answering(sse({ error: 'the engine died' })));
});

test('an event called error is one, whatever its data is', async () => {
  await failureOf(
    'unavailable',
    answering(`event: error\ndata: ${JSON.stringify({ error: { message: 'No.', code: 503 } })}\n\n`),
  );
});
