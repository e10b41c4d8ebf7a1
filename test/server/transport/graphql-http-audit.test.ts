import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmallApp } from './small-app.ts';
import { transports } from './transports.ts';

const { app } = createSmallApp();
let origin = '';
beforeAll(async () => {
  origin = (await app.listen({ host: '127.0.0.1', port: 0 })).url;
});
afterAll(async () => await app.close());

/** The suite of GraphQL over HTTP (https://github.com/graphql/graphql-http#audits), with each of its MUST, SHOULD and MAY. */
describe.each(transports)('%s', (_name, path) => {
  const audits = serverAudits({ url: () => `${origin}${path}`, fetchFn: fetch });

  test('is audited in full', () => {
    expect(audits.length).toBeGreaterThan(50);
  });

  test.for(audits.map((audit) => [audit.name, audit] as const))('%s', async ([, audit]) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
  });
});
