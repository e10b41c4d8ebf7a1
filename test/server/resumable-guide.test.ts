import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, print } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { defaultResumeSettings } from '../../src/gateway/resume-settings.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { deployment } from '../support/deployments.ts';
import { saying } from '../support/model-adapter.ts';
import { createTestApp, listening } from '../support/test-app.ts';
import { seededRandom } from '../support/tiny-weights.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const guide = readFileSync(new URL('../../docs/streaming.md', import.meta.url), 'utf8');
const operations = readFileSync(new URL('../fixtures/operations.graphql', import.meta.url), 'utf8');
const [loop = '', sse = '', webSocket = ''] = [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
);

/** Runs code as a reader of the guide would, with another address in place of the guide's. */
async function printed(code: string, port: number): Promise<string> {
  const here = code.replaceAll('localhost:4000', `127.0.0.1:${port}`);
  expect(here).not.toBe(code);
  const node = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', here], { cwd: root });
  return (await node).stdout;
}

test.for([
  ['SSE', sse],
  ['graphql-ws', webSocket],
] as const)('the client of the guide comes back over %s', async ([, events]) => {
  const words = Array.from({ length: 200 }, (_word, index) => ` 🚂${index}`);
  const model = saying(...words);
  const { app, outcomes } = createTestApp([[deployment(), model]]);
  const random = seededRandom(7);
  const proxy = await startCuttingProxy(new URL(await listening(app)), () => ({
    afterBytes: 2000 + Math.floor(random() * 6000),
    cut: 'rst',
  }));
  onTestFinished(() => proxy.close());
  expect(await printed(events + loop, proxy.port)).toBe(words.join(''));
  expect(proxy.cuts()).toBeGreaterThan(2);
  expect([model.calls.length, outcomes.length]).toEqual([1, 1]);
});

test('the guide shows the operation that clients are written against', () => {
  const shown = /```graphql\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  expect(shown).toContain('resumeStream');
  expect(print(parse(operations))).toContain(print(parse(shown)));
});

test('the guide has the defaults', () => {
  const section = guide.split('| bound')[1]?.split('\n\n')[0] ?? '';
  const defaults = [...section.matchAll(/\| ([\w ]+?) +\|$/gm)].map(([, value]) => value);
  const { windowMs, maxBytes, maxTenantBytes, maxTenantStreams, maxEventsAhead } = defaultResumeSettings;
  expect(defaults.slice(1)).toEqual([
    `${windowMs / 1000} s`,
    `${maxBytes / 2 ** 20} MiB`,
    `${maxTenantBytes / 2 ** 20} MiB`,
    `${maxTenantStreams}`,
    `${maxEventsAhead} events`,
  ]);
  expect(guide).toContain(`an equal share, ${maxTenantBytes / maxTenantStreams / 1024} KiB`);
});
