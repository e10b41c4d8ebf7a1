import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createGraphiql } from '../../src/server/graphiql/graphiql.ts';

const origin = 'http://gateway.test';
const hostile =
  '# </script><script src="https://elsewhere.test/x.js"></script> <!-- "\u2028\n{ models { name } }';
const graphiql = createGraphiql({
  endpoint: '/graphql',
  examples: [{ query: '{ models { name } }' }, { query: hostile }],
});

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await graphiql.respond(new Request(new URL(path, origin), { headers }));
  return response ?? expect.fail(`${path} is not for GraphiQL`);
}

const page = await (await get('/graphql', { accept: 'text/html,*/*;q=0.8' })).text();
const scriptsAndLinks = page.replace(/<script type="application\/json".*?<\/script>/s, '');
const addresses = [...scriptsAndLinks.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);

describe('the page', () => {
  test('a browser gets it, and with it the order to ask no other host', async () => {
    const { status, headers } = await get('/graphql', { accept: 'text/html,*/*;q=0.8' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]),
    );
    expect(policy.join()).not.toMatch(/https?:|\*/);
  });

  test('holds examples as data, whatever is in them', () => {
    const [, json = ''] = /<script type="application\/json" id="page">(.*?)<\/script>/s.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual({ tabs: [{ query: '{ models { name } }' }, { query: hostile }] });
    expect(page.match(/<script/g)).toHaveLength(5);
    expect(page).not.toContain('<!--');
  });

  test('names nothing but assets, relative to itself', () => {
    expect(addresses).toHaveLength(6);
    for (const address of addresses)
      expect(address).toMatch(/^graphql\/assets\/[\w-]{12}\/[\w-]+\.(css|js|svg)$/);
  });
});

describe('an asset', () => {
  test.for(addresses)('%s is there and may be kept for good', async (address) => {
    const { status, headers } = await get(`/${address}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test.for(['editor-worker.js', 'json-worker.js', 'graphql-worker.js'])('%s is there', async (name) => {
    expect((await get(`/${addresses[0]?.replace('logo.svg', name)}`)).status).toBe(200);
  });

  test('is gzipped for those who read that', async () => {
    const path = `/${addresses.find((address) => address.endsWith('graphiql.css'))}`;
    const packed = await get(path, { 'accept-encoding': 'gzip, deflate' });
    const plain = await get(path);
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    const text = await plain.text();
    expect(text).toContain('.graphiql-container');
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(text);
  });

  test('of style carries its fonts and pictures itself', async () => {
    const css = await (await get(`/${addresses.find((address) => address.endsWith('.css'))}`)).text();
    const foreign = [...css.matchAll(/url\(["']?(?!data:)[^)]*\)/g)].map(([url]) => url);
    expect(foreign).toEqual([]);
    expect(css).not.toContain('@import');
  });

  test('that has another digest, or none of these names, is not there', async () => {
    const ours = addresses[0]?.split('/')[2];
    expect((await get('/graphql/assets/000000000000/browser.js')).status).toBe(404);
    expect((await get(`/graphql/assets/${ours}/page.ts`)).status).toBe(404);
    expect((await get('/graphql/assets/')).status).toBe(404);
  });
});

describe('what is not for GraphiQL is left alone', () => {
  test.for([
    ['a query by GET', '/graphql?query={__typename}', { headers: { accept: 'application/json' } }],
    ['an operation by POST', '/graphql', { method: 'POST', headers: { accept: 'text/html' } }],
    ['a stream', '/graphql/stream', { headers: { accept: 'text/event-stream' } }],
    ['another page', '/', { headers: { accept: 'text/html' } }],
  ] as const)('%s', async ([, path, init]) => {
    expect(await graphiql.respond(new Request(new URL(path, origin), init))).toBeUndefined();
  });
});
