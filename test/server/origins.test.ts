import { describe, expect, test } from 'vitest';
import { deployment } from '../support/deployments.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, endpoint, post } from '../support/test-app.ts';

const body = { query: '{ generate(input: { prompt: "Hi" }) { __typename } }' };
const elsewhere = 'https://elsewhere.example';

function create(corsOrigins: readonly string[] = []) {
  const model = saying('Hello');
  const { app } = createTestApp([[deployment(), model]], { corsOrigins });
  return { model, ask: async (request: Request) => await app.fetch(request) };
}

const get = (headers: Record<string, string>) =>
  new Request(`${endpoint}?${new URLSearchParams(body)}`, { headers });

describe('a page of another site', () => {
  test.for<[string, Request]>([
    ['by POST', post(body, { origin: elsewhere, host: 'localhost' })],
    ['by GET, as a picture, say', get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })],
    ['on another port', get({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })],
    ['in a sandbox', post(body, { origin: 'null', host: 'localhost' })],
  ])('is refused %s, and no model is asked', async ([, request]) => {
    const { ask, model } = create();
    const response = await ask(request);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('SWITCHYARD_CORS_ORIGINS');
    expect(model.calls).toEqual([]);
  });

  test('gets no permission to read answers', async () => {
    const { ask } = create();
    const preflight = new Request(endpoint, {
      method: 'OPTIONS',
      headers: { origin: elsewhere, 'access-control-request-method': 'POST' },
    });
    expect((await ask(preflight)).headers.has('access-control-allow-origin')).toBe(false);
  });

  test('is served where its origin is allowed, and only that one', async () => {
    const { ask } = create([elsewhere]);
    const allowed = await ask(post(body, { origin: elsewhere, host: 'localhost' }));
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(elsewhere);
    expect(allowed.headers.get('access-control-allow-credentials')).not.toBe('true');
    expect((await ask(post(body, { origin: 'https://other.example', host: 'localhost' }))).status).toBe(403);
  });

  test('is served with a star in the list', async () => {
    const { ask } = create(['*']);
    const response = await ask(post(body, { origin: elsewhere, host: 'localhost' }));
    expect(response.headers.get('access-control-allow-origin')).toBe(elsewhere);
  });
});

describe('no page of another site', () => {
  test.for<[string, Request]>([
    ['a program', post(body)],
    ['the gateway’s own page', post(body, { origin: 'http://localhost:4000', host: 'localhost:4000' })],
    ['its own page behind a proxy', post(body, { origin: 'https://gw.example', host: 'gw.example' })],
    ['an address typed into a browser', get({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })],
  ])('%s is served', async ([, request]) => {
    const { ask } = create();
    expect((await ask(request)).status).toBe(200);
  });
});
