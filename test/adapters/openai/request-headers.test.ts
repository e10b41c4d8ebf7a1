import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { partsOf } from '../../conformance/observe.ts';
import { answering, answerStream } from '../../support/openai-wire.ts';
import { apiKey, ask, open, type Options } from './open.ts';

afterEach(() => vi.unstubAllEnvs());

async function headersOf(options: Options, call = ask('Hi')): Promise<IncomingHttpHeaders> {
  const { adapter, upstream } = await open(answering(answerStream('ok')), options);
  await partsOf(adapter, call);
  return upstream.requests[0]?.headers ?? {};
}

test('no header but these leaves the machine', async () => {
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-from-environment: 1');
  vi.stubEnv('OPENAI_ORG_ID', 'org-from-environment');
  vi.stubEnv('OPENAI_PROJECT_ID', 'project-from-environment');
  const { host, 'content-length': length, ...headers } = await headersOf({});
  expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(Number(length)).toBeGreaterThan(0);
  expect(headers).toEqual({
    accept: 'text/event-stream',
    authorization: `Bearer ${apiKey}`,
    connection: 'keep-alive',
    'content-type': 'application/json',
    'user-agent': 'switchyard',
  });
});

test('without a key no authorization is sent, whatever the environment holds', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'sk-from-environment');
  expect((await headersOf({ apiKey: undefined })).authorization).toBeUndefined();
});

test('organization, project and further headers are sent', async () => {
  const options = { organization: 'org-1', project: 'proj-1', headers: { 'X-Team': 'blue' } };
  expect(await headersOf(options)).toMatchObject({
    'openai-organization': 'org-1',
    'openai-project': 'proj-1',
    'x-team': 'blue',
  });
});

test('a header of the operator may carry the credential instead', async () => {
  const options = { apiKey: undefined, headers: { Authorization: 'Basic dXNlcjpwYXNz' } };
  expect((await headersOf(options)).authorization).toBe('Basic dXNlcjpwYXNz');
});

test('the trace goes on in the request', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const call = ask('Hi', { traceHeaders: { traceparent, tracestate: 'a=1' } });
  expect(await headersOf({}, call)).toMatchObject({ traceparent, tracestate: 'a=1' });
});
